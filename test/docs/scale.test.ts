import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { rateLimitOf } from '../../functions/rate-limit/limit.ts';
import { describesPerMinute } from '../scale/assumed.ts';
import { demandOf } from '../scale/demand.ts';
import { measuredTasks } from '../scale/measure.ts';
import { exceededQuotas, needsOf, sharesOf } from '../scale/needs.ts';
import { readPublished, region } from '../scale/publish.ts';
import { quotaNames, quotas } from '../scale/quotas.ts';
import { simulate } from '../scale/simulate.ts';
import { tables } from '../scale/tables.ts';

const published = await readPublished();
const page = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
const rows = published.rows.map((row) => [row.workload, row.type, row] as const);

describe('the page on scale', () => {
  it.each(Object.entries(tables(published)))('has the table "%s" as it is calculated', (name, table) => {
    expect(page).toContain(region(name, table));
  });

  it('has no other table, and says what the service is set to', () => {
    expect(page.match(/<!-- scale: /g)).toHaveLength(Object.keys(tables(published)).length);
    expect(page).toContain(`a stack makes ${rateLimitOf(undefined, true)} calls a second`);
    expect(page).toContain(`describes ${describesPerMinute} Standard executions a minute`);
  });

  it('names a source for every quota', () => {
    for (const name of quotaNames) expect(quotas[name].source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  });
});

describe('what a task asks for', () => {
  it('is what the real code was seen to do', async () => {
    const { seed } = published;
    const row = published.rows.find(({ type, workload }) => type === 'EXPRESS' && workload === 'image');
    expect(await demandOf('EXPRESS', 'image', { tasks: measuredTasks, seed })).toEqual(row?.demand);
  });
});

describe('the arithmetic', () => {
  const demand = {
    polls: 4,
    invocations: 2,
    transitions: 6,
    starts: 1,
    busySeconds: 3,
    openSeconds: 20,
    tableWrites: 3,
    indexWrites: 5,
    keyWrites: 2,
    reads: 2,
    events: 1,
    logBytes: 1_000,
  };

  it('multiplies, and takes what stays for as long as it stays', () => {
    expect(needsOf(100, demand)).toEqual({
      starts: 100,
      transitions: 600,
      open: 2_000,
      concurrency: 300,
      invocations: 200,
      indexKey: 200,
      writes: 500,
      reads: 200,
      events: 100,
      secrets: 1,
    });
  });

  it('finds the quotas that are exceeded, the worst first', () => {
    expect(sharesOf('STANDARD', 600, demand)).toMatchObject({ starts: 2, concurrency: 1.8, indexKey: 1.2 });
    expect(exceededQuotas('STANDARD', 600, demand)).toEqual([
      ['starts', 2],
      ['concurrency', 1.8],
      ['indexKey', 1.2],
    ]);
    expect(exceededQuotas('EXPRESS', 300, demand)).toEqual([]);
    expect(sharesOf('EXPRESS', 600, demand)).toMatchObject({ transitions: 0, open: 0 });
  });
});

/** Of the few tasks that the real code was run for: one of them more or less in the tail. */
const tailNoise = 0.05;

describe('the simulation', () => {
  it.each(rows)('asks for what the real code does: %s on %s', (workload, type, { demand }) => {
    const { means } = simulate({ type, workload, tasks: 2_000, rate: 100, seed: 5 });
    const off = Object.entries(means).filter(
      ([name, mean]) => Math.abs(mean / demand[name as keyof typeof means] - 1) > tailNoise,
    );
    expect(off).toEqual([]);
  });

  it('repeats by its seed', () => {
    const options = { type: 'EXPRESS', workload: 'gif', tasks: 500, rate: 50, seed: 3 } as const;
    expect(simulate(options)).toEqual(simulate(options));
    expect(simulate({ ...options, seed: 4 })).not.toEqual(simulate(options));
  });

  it.each(rows)('came to what the arithmetic says: %s on %s', (_workload, _type, { peaks, demand }) => {
    const { rate, tasks } = published;
    expect(tasks).toBe(1_000_000);
    const needs = needsOf(rate, demand);
    const pairs = [
      [peaks.concurrency, needs.concurrency],
      [peaks.open, needs.open],
      [peaks.transitions, rate * demand.transitions],
      [peaks.polls, rate * demand.polls],
      [peaks.tableWrites, rate * demand.tableWrites],
    ];
    // The highest second of a thousand lies above the mean, the more so the rarer a thing is; a video's tail outlasts
    // the time in which tasks come.
    for (const [peak = 0, need = 0] of pairs) {
      expect(peak / need).toBeGreaterThan(0.75);
      expect(peak / need).toBeLessThan(1.2);
    }
  });
});
