/**
 * `npm run bench:handler [-- --json] [-- --quick]`: the Poll function beside a bare `fetch` + `PutItem` handler.
 *
 * Both are bundled by the stack's own options, run in processes of their own, and talk plain HTTP to one fake provider
 * and one fake AWS in a third process. What counts is the
 * median ratio of pairs measured in turn:
 * - init: what a fresh Node takes to import the bundle; Node's own start is not in it. Ours already asks the key store and
 *   the database in it, which the bare one first asks in its poll; so the bar is on both together.
 * - a warm poll: one invocation that finds the task still at work. Ours reads the record, asks the provider and answers
 *   "wait"; the bare one asks the provider and writes. Two calls each, answered at once, so that what is left is the
 *   function's own work. With a rate ours books a slot first: one call more.
 * - a settling invocation ends a task, once: record read, provider, record written, event published, telling noted. It has
 *   no bar, because it does what the bare handler leaves undone: five calls against two.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compareAll } from './comparisons.ts';
import { isKept, rowOf } from './result.ts';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const folder = await mkdtemp(join(tmpdir(), 'bench-handler-'));
try {
  const results = await compareAll(folder, options.quick);
  if (options.json) console.log(JSON.stringify(results, null, 2));
  else console.table(Object.fromEntries(results.map((result) => [result.what, rowOf(result)])));
  const broken = results.filter((result) => !isKept(result));
  for (const { what } of broken) console.error(`over its bound: ${what}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true });
}
