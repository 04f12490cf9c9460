/** What a run comes to, and whether enough happened in it to say anything. */
import { createHash } from 'node:crypto';

import type { Asked, CellResult } from './cells.ts';
import type { Kind } from './faults.ts';
import { meetings } from './submissions.ts';

type Counts = Record<string, number>;

export function sum(results: readonly CellResult[]): Counts {
  const counts: Counts = {};
  for (const result of results)
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count;
  return counts;
}

/** Of the whole run, whichever thread had which world. */
export const hashOf = (results: readonly CellResult[]): string =>
  createHash('sha256')
    .update(results.map(({ hash }) => hash).join())
    .digest('hex')
    .slice(0, 16);

/** Below these shares nothing was proven: everything may have failed in the same way. */
const least = { succeeded: 0.5, failed: 0.02, delivered: 0.15 };
/** One fault of each kind at least must have been met in so many tasks. */
const enough = 200;
const edgesOf: Record<Kind, readonly string[]> = {
  provider: ['provider'],
  database: ['database'],
  bus: ['bus', 'rule'],
  receiver: ['receiver'],
  invocations: ['invocation', 'executions'],
  concurrency: ['account'],
  kills: ['life'],
  rivals: [],
  clock: ['clock'],
  // Only worlds with a rate meet it.
  rate: [],
  submissions: ['submission'],
  // Only every second world has an archive.
  links: [],
  store: [],
};

export function problemsOf(counts: Counts, { tasks, enabled, submissions = false }: Asked): string[] {
  if (tasks < enough) return [];
  if (submissions) return unmetSubmissions(counts, tasks);
  const share = (name: string): number => (counts[name] ?? 0) / tasks;
  const few = [
    ...(share('succeeded') < least.succeeded ? ['succeeded'] : []),
    ...(share('failed') < least.failed ? ['failed'] : []),
    ...(share('webhook delivered') < least.delivered ? ['delivered'] : []),
  ].map((name) => `too few were ${name}`);
  const unmet = enabled
    .flatMap((kind) => edgesOf[kind])
    .filter((edge) => !Object.keys(counts).some((name) => name.startsWith(`${edge}: `)))
    .map((edge) => `no fault was met at: ${edge}`);
  return [...few, ...unmet];
}

const firstPost = 'first POST ';

/** Each failure is met by most of its tasks, and ends as it must, in spite of all others. */
function unmetSubmissions(counts: Counts, tasks: number): string[] {
  const enoughOf = (0.9 * tasks) / meetings.length;
  const unmet = meetings.filter((meets) => (counts[`${firstPost}${meets}`] ?? 0) < enoughOf);
  const posts = ['created', 'rejected', 'unknown'].filter(
    (posted) => (counts[`POST ${posted}`] ?? 0) < tasks / (2 * meetings.length),
  );
  return [
    ...unmet.map((meets) => `too few first POSTs met: ${meets}`),
    ...posts.map((posted) => `too few POSTs were ${posted}`),
  ];
}

const isEnd = (name: string): boolean =>
  ['succeeded', 'failed', 'abandoned', 'forgotten', 'no record', 'starting', 'processing'].includes(name);

const list = (entries: [string, number][]): string =>
  entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
    .join(', ');

export function report(results: readonly CellResult[], { seed, tasks, type, enabled }: Asked): string {
  const counts = sum(results);
  const faults = Object.entries(counts).filter(([name]) => name.includes(': '));
  const having = (test: (name: string) => boolean) => Object.entries(counts).filter(([name]) => test(name));
  const entries = results.reduce((total, each) => total + each.entries, 0);
  const hours = results.reduce((total, each) => total + each.virtualMs, 0) / 3_600_000;
  return [
    `seed ${seed}, ${type}: ${tasks.toLocaleString('en')} tasks in ${results.length} worlds, ${Math.round(hours).toLocaleString('en')} hours, ${entries.toLocaleString('en')} things seen`,
    `faults (${enabled.join(', ') || 'none'}): ${faults.reduce((total, [, count]) => total + count, 0).toLocaleString('en')}`,
    ...(faults.length > 0 ? [`  ${list(faults)}`] : []),
    `ends: ${list(having(isEnd))}`,
    `codes: ${list(having((name) => name.startsWith('code ')))}`,
    `webhooks: ${list(having((name) => name.startsWith('webhook ')))}`,
    `archives: ${list(having((name) => name.startsWith('archive ')))}`,
    `first POSTs met: ${list(having((name) => name.startsWith(firstPost)).map(([name, count]) => [name.slice(firstPost.length), count]))}`,
    `submissions: ${list(having((name) => /^(POST|detect) /.test(name)))}`,
    `besides: ${list(having((name) => ['calls', 'events', 'sweeps'].includes(name)))}`,
  ].join('\n');
}
