/** A slice of `npm run sim`: few tasks of each kind of world, what was found once, and some planted bugs. */
import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { describeError } from '../../functions/telemetry/safe-error.ts';
import { type Asked, classify, storyOf } from './cells.ts';
import { kinds } from './faults.ts';
import { createHistory } from './history.ts';
import { firstCatch, plantedBugs } from './planted-bugs.ts';
import type { Story } from './run.ts';
import { meetings } from './submissions.ts';

const stories = new URL('stories/', import.meta.url);
const asked: Asked = { seed: 7, tasks: 12, type: 'STANDARD', enabled: [...kinds] };
/** Some that take no time; `npm run sim -- --planted` has all of them. */
const someBugs = plantedBugs.filter((_, index) => index % 18 === 4);

const trace = (error: Error): string[] => {
  const lines: string[] = [];
  const history = createHistory({ now: () => 0, see: () => {}, print: (line) => lines.push(line) });
  history.add({ what: 'shown', where: 'error', text: JSON.stringify(inspect(error)) });
  history.add({
    what: 'shown',
    where: 'log',
    text: JSON.stringify({ error: describeError(error), task: 'task0' }),
  });
  return [...lines, history.hash()];
};

describe('the simulation', { timeout: 300_000 }, () => {
  it('runs again exactly as it ran, by its seed', async () => {
    const [seen, again]: [string[], string[]] = [[], []];
    const one = await classify(storyOf(asked, 0), { print: (line) => seen.push(line) });
    const same = await classify(storyOf(asked, 0), { print: (line) => again.push(line) });
    const other = await classify(storyOf({ ...asked, seed: 8, tasks: 4 }, 0));
    // The line says more than a hash where it ever differs.
    const differing = seen.findIndex((line, at) => line !== again[at]);
    expect(again[differing]).toBe(seen[differing]);
    expect(one.entries).toBeGreaterThan(1_000);
    expect(one.fired.length).toBeGreaterThan(12);
    expect(same.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
    expect([...one.findings, ...other.findings]).toEqual([]);
  });

  it('does so in another folder and for any caller: where an error was thrown is no part of the trace', () => {
    const one = new Error('thrown here');
    const other = new Error('thrown here');
    expect(one.stack).not.toBe(other.stack);
    expect(describeError(one).at).not.toEqual(describeError(other).at);
    const [thrown, logged] = trace(one);
    expect(trace(other)).toEqual(trace(one));
    expect(thrown).toContain('thrown here');
    expect(logged).toContain('task0');
    expect(`${thrown}${logged}`).not.toContain('sim.test.ts');
  });

  it.each(['STANDARD', 'EXPRESS'] as const)(
    'keeps every promise without faults, exactly: %s',
    async (type) => {
      const { findings, counts } = await classify(storyOf({ ...asked, type, enabled: [] }, 0));
      expect(findings).toEqual([]);
      expect(counts['succeeded']).toBeGreaterThan(7);
    },
  );

  it('keeps every promise under all faults on Express, with an archive', async () => {
    const story = storyOf({ ...asked, tasks: 16, type: 'EXPRESS' }, 0);
    const { findings, counts } = await classify({ ...story, archives: true });
    expect(counts['archive complete']).toBeGreaterThan(1);
    expect(findings).toEqual([]);
    expect(counts['succeeded']).toBeGreaterThan(6);
  });

  it('submits once for a key, and says what it does not know, whatever each POST meets', async () => {
    const story = storyOf({ ...asked, tasks: 40, submissions: true }, 0);
    const { findings, counts } = await classify(story);
    expect(findings).toEqual([]);
    for (const meets of meetings) expect(counts[`first POST ${meets}`], meets).toBeGreaterThan(2);
    for (const name of ['POST created', 'POST unknown', 'POST rejected', 'detect SUBMISSION_UNKNOWN 6'])
      expect(counts[name], name).toBeGreaterThan(3);
  });

  it('ends nothing where clocks and rates of other processes are wrong, with a rate set', async () => {
    const story = storyOf({ ...asked, tasks: 60, enabled: ['rate'] }, 0);
    const { findings, fired, counts } = await classify({ ...story, rate: 1 });
    expect(findings).toEqual([]);
    expect(new Set(fired.map(({ fault }) => fault))).toEqual(
      new Set(['wrong-clock', 'hears-429', 'other-rate', 'poisoned']),
    );
    expect(counts['succeeded']).toBeGreaterThan(45);
  });

  it.each(readdirSync(stories))('keeps every promise in %s', async (file) => {
    const story = JSON.parse(readFileSync(new URL(file, stories), 'utf8')) as Story;
    const { findings, fired } = await classify(story);
    expect(findings).toEqual([]);
    // A schedule that has changed may lead around what once was found.
    expect(fired).toHaveLength(story.faults?.length ?? 0);
  });

  it.each(someBugs)('would notice where $name', async (bug) => {
    expect(await firstCatch(bug)).toBeDefined();
  });
});
