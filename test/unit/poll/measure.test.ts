import { describe, expect, it } from 'vitest';

import { fixedKey } from '../../../functions/api-key/reader.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import {
  code,
  down,
  failed,
  processing,
  type Reply,
  starting,
  succeeded,
  unknown,
  invocationsTo,
  times,
  type InvocationsOptions,
} from '../../support/invocations.ts';
import { newId, noonMs } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const at = (ms: number): string => new Date(noonMs + ms).toISOString();

const valuesIn = (values: readonly Measurement[], name: Measurement[0]) =>
  values.filter((measurement) => measurement[0] === name).map(([, ...rest]) => rest);

const sum = (values: readonly unknown[][]): number =>
  values.reduce((total, [value]) => total + (value as number), 0);

/** A new task to its end, and the values of a metric. */
async function measured(replies: Reply[], input = {}, options: InvocationsOptions = {}) {
  const invocations = invocationsTo(table, replies, options);
  const ran = await invocations.run('1', { detect_task_id: newId(), ...input });
  return { ...ran, asked: invocations.asked, of: valuesIn.bind(undefined, invocations.measured) };
}

describe('an invocation', () => {
  it('counts its calls, and what each poll saw', async () => {
    const { of } = await measured([
      starting,
      unknown,
      code(429, 'slow', '1'),
      down,
      code(404),
      succeeded([]),
    ]);
    expect(of('polls')).toEqual([
      [1, 'throttled'],
      [2, 'pending'],
      [1, 'unavailable'],
      [1, 'succeeded'],
      [1, 'pending'],
    ]);
    expect(of('calls')).toEqual([[3], [1], [2]]);
    expect(of('answered')).toEqual([[1], [1], [1], [0], [1], [1]]);
  });

  it.each([
    ['both calls where a denied key is tried afresh', {}, 2, [[1]]],
    ['none where there is no key', { apiKey: fixedKey(undefined) }, undefined, []],
  ])('counts %s', async (_what, options, calls, answered) => {
    const { of } = await measured([code(401)], {}, options);
    expect([of('calls'), of('polls'), of('answered'), of('abandoned')]).toEqual([
      calls === undefined ? [] : [[calls]],
      [[1, 'denied']],
      answered,
      [[1, 'UNAUTHORIZED']],
    ]);
  });

  it('measures pending polls together, once a minute, and what is left at the end', async () => {
    const { asked, invocations, of } = await measured([...times(40, processing), succeeded([])]);
    const lastedMs = (asked.at(-1)?.atMs ?? Number.NaN) - noonMs;
    expect(invocations).toBeGreaterThan(10);
    expect(lastedMs).toBeGreaterThan(120_000);
    expect(of('calls').length).toBeLessThanOrEqual(Math.ceil(lastedMs / 60_000) + 1);
    expect(of('calls').length).toBeGreaterThanOrEqual(Math.floor(lastedMs / 120_000));
    expect([sum(of('calls')), sum(of('polls')), sum(of('answered'))]).toEqual([41, 41, 41]);
  });

  it.each([
    ['within one invocation', 3],
    ['over several invocations', 30],
  ])('measures how long the answer can have been ready, %s', async (_how, count) => {
    const { asked, invocations, of } = await measured([...times(count, processing), down, succeeded([])]);
    expect(invocations > 1).toBe(count > 10);
    const [pending, , last] = asked.slice(-3);
    const lagMs = (last?.atMs ?? 0) - (pending?.atMs ?? 0);
    expect(lagMs).toBeGreaterThan(500);
    expect(of('answerLag')).toEqual([[lagMs]]);
  });

  it('measures no lag where the first poll brings the answer', async () => {
    const { of } = await measured([succeeded([])]);
    expect([of('answerLag'), of('ageAtFinal')]).toEqual([[], [[0, 'succeeded']]]);
  });

  it('measures no lag where the carried state names no pending poll', async () => {
    const invocations = invocationsTo(table, [...times(10, processing), failed()]);
    const carried = await invocations.invoke('1', { detect_task_id: newId() });
    const answer = await invocations.invoke('1', { ...carried, pending_at: undefined });
    expect(answer).toMatchObject({ next: 'settled' });
    expect(valuesIn(invocations.measured, 'answerLag')).toEqual([]);
  });

  it.each([
    ['the creation of the record', {}, 500],
    ['the submission, where it is known', { submitted_at: at(-60_000) }, 64_320],
    ['the creation of the record, where a clock is ahead', { submitted_at: at(60_000) }, 500],
  ])('measures the age of a settled task from %s', async (_what, input, ageMs) => {
    const { of } = await measured([processing, failed()], input);
    expect(of('ageAtFinal')).toEqual([[ageMs / 1_000, 'failed']]);
  });

  it('measures an abandonment at the deadline by its code, and no lag', async () => {
    const { of } = await measured([processing], { deadline_seconds: 60 });
    expect(of('abandoned')).toEqual([[1, 'DEADLINE_EXCEEDED']]);
    expect([of('ageAtFinal'), of('answerLag')]).toEqual([[[50, 'abandoned']], []]);
  });

  it('measures a final record once, whichever execution reads it again', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const detect_task_id = newId();
    await invocations.invoke('1', { detect_task_id });
    const before = invocations.measured.length;
    for (const name of ['1', 'rival']) await invocations.invoke(name, { detect_task_id });
    expect(invocations.measured.slice(before)).toEqual([]);
  });
});
