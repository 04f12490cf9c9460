import { describe, expect, it } from 'vitest';

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
} from '../../support/invocations.ts';
import { newId, noonMs, ownerNamed } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const times = (count: number, reply: Reply): Reply[] => Array.from({ length: count }, () => reply);
const valuesOf = (measured: readonly Measurement[], name: Measurement[0]) =>
  measured.filter((measurement) => measurement[0] === name).map(([, ...rest]) => rest);
const at = (ms: number): string => new Date(noonMs + ms).toISOString();

describe('an invocation', () => {
  it('counts its calls, and what each poll saw', async () => {
    const invocations = invocationsTo(table, [
      starting,
      unknown,
      code(429, 'slow', '1'),
      down,
      code(404),
      succeeded([]),
    ]);
    await invocations.run('1', { detect_task_id: newId() });
    expect(valuesOf(invocations.measured, 'polls')).toEqual([
      [1, 'pending'],
      [1, 'pending'],
      [1, 'throttled'],
      [1, 'unavailable'],
      [1, 'pending'],
      [1, 'succeeded'],
    ]);
    expect(valuesOf(invocations.measured, 'calls')).toEqual(times(6, starting).map(() => [1]));
    expect(valuesOf(invocations.measured, 'answered')).toEqual([[1], [1], [1], [0], [1], [1]]);
  });

  it('counts both calls where a denied key is tried afresh, and none where there is no key', async () => {
    const denied = invocationsTo(table, [code(401)]);
    await denied.run('1', { detect_task_id: newId() });
    const keyless = invocationsTo(table, [code(401)], {
      apiKey: { read: async () => undefined, readAfresh: async () => undefined },
    });
    await keyless.run('1', { detect_task_id: newId() });
    const counted = [denied, keyless].map(({ measured }) => [
      valuesOf(measured, 'calls'),
      valuesOf(measured, 'polls'),
      valuesOf(measured, 'answered'),
      valuesOf(measured, 'abandoned'),
    ]);
    expect(counted).toEqual([
      [[[2]], [[1, 'denied']], [[1]], [[1, 'UNAUTHORIZED']]],
      [[[0]], [[1, 'denied']], [], [[1, 'UNAUTHORIZED']]],
    ]);
  });

  it.each([
    ['within one invocation', 3],
    ['over several invocations', 30],
  ])('measures how long the answer can have been ready, %s', async (_how, count) => {
    const invocations = invocationsTo(table, [...times(count, processing), down, succeeded([])]);
    const { invocations: made } = await invocations.run('1', { detect_task_id: newId() });
    expect(made > 1).toBe(count > 10);
    const [pending, , last] = invocations.asked.slice(-3);
    const lagMs = (last?.atMs ?? 0) - (pending?.atMs ?? 0);
    expect(lagMs).toBeGreaterThan(500);
    expect(valuesOf(invocations.measured, 'answerLag')).toEqual([[lagMs]]);
  });

  it('measures no lag where the first poll brings the answer', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    await invocations.run('1', { detect_task_id: newId() });
    expect(valuesOf(invocations.measured, 'answerLag')).toEqual([]);
    expect(valuesOf(invocations.measured, 'ageAtFinal')).toEqual([[0, 'succeeded']]);
  });

  it('measures no lag where the carried state names no pending poll', async () => {
    const invocations = invocationsTo(table, [...times(10, processing), failed()]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    const { pending_at: _, ...older } = (await invocations.invoke('1', { detect_task_id })) as {
      pending_at?: string;
    };
    expect(await invocations.invoke('1', older)).toMatchObject({ next: 'settled' });
    expect(valuesOf(invocations.measured, 'answerLag')).toEqual([]);
  });

  it.each([
    ['the creation of the record', {}, 500],
    ['the submission, where it is known', { submitted_at: at(-60_000) }, 63_137],
    ['the creation of the record, where a clock is ahead', { submitted_at: at(60_000) }, 500],
  ])('measures the age of a settled task from %s', async (_what, input, ageMs) => {
    const invocations = invocationsTo(table, [processing, failed()]);
    await invocations.run('1', { detect_task_id: newId(), ...input });
    expect(valuesOf(invocations.measured, 'ageAtFinal')).toEqual([[ageMs / 1_000, 'failed']]);
  });

  it('measures an abandonment at the deadline by its code, and no lag', async () => {
    const invocations = invocationsTo(table, [processing]);
    await invocations.run('1', { detect_task_id: newId(), deadline_seconds: 60 });
    expect(valuesOf(invocations.measured, 'abandoned')).toEqual([[1, 'DEADLINE_EXCEEDED']]);
    expect(valuesOf(invocations.measured, 'ageAtFinal')).toEqual([[50, 'abandoned']]);
    expect(valuesOf(invocations.measured, 'answerLag')).toEqual([]);
  });

  it('measures a final record once, whichever execution reads it again', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    await invocations.invoke('1', { detect_task_id });
    const before = invocations.measured.length;
    await invocations.invoke('1', { detect_task_id });
    await invocations.invoke('rival', { detect_task_id });
    expect(invocations.measured.slice(before)).toEqual([]);
  });
});
