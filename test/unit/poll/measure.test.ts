import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import { openTable } from '../../support/table.ts';
import { newId, noonMs, ownerNamed } from '../../support/records.ts';
import {
  code,
  down,
  failed,
  processing,
  type Reply,
  starting,
  succeeded,
  unknown,
  visitsTo,
} from './visits.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(() => table.reset());

const times = (count: number, reply: Reply): Reply[] => Array.from({ length: count }, () => reply);
const valuesOf = (measured: readonly Measurement[], name: Measurement[0]) =>
  measured.filter((measurement) => measurement[0] === name).map(([, ...rest]) => rest);
const at = (ms: number): string => new Date(noonMs + ms).toISOString();

describe('a visit', () => {
  it('counts its calls, and what each poll saw', async () => {
    const visits = visitsTo(table, [
      starting,
      unknown,
      code(429, 'slow', '1'),
      down,
      code(404),
      succeeded([]),
    ]);
    await visits.run('1', { detect_task_id: newId() });
    expect(valuesOf(visits.measured, 'polls')).toEqual([
      [1, 'pending'],
      [1, 'pending'],
      [1, 'throttled'],
      [1, 'unavailable'],
      [1, 'pending'],
      [1, 'succeeded'],
    ]);
    expect(valuesOf(visits.measured, 'calls')).toEqual(times(6, starting).map(() => [1]));
    expect(valuesOf(visits.measured, 'answered')).toEqual([[1], [1], [1], [0], [1], [1]]);
  });

  it('counts both calls where a refused key is tried afresh, and none where there is no key', async () => {
    const refused = visitsTo(table, [code(401)]);
    await refused.run('1', { detect_task_id: newId() });
    const keyless = visitsTo(table, [code(401)], {
      apiKey: { read: async () => undefined, readAfresh: async () => undefined },
    });
    await keyless.run('1', { detect_task_id: newId() });
    const counted = [refused, keyless].map(({ measured }) => [
      valuesOf(measured, 'calls'),
      valuesOf(measured, 'polls'),
      valuesOf(measured, 'answered'),
      valuesOf(measured, 'abandoned'),
    ]);
    expect(counted).toEqual([
      [[[2]], [[1, 'refused']], [[1]], [[1, 'UNAUTHORIZED']]],
      [[[0]], [[1, 'refused']], [], [[1, 'UNAUTHORIZED']]],
    ]);
  });

  it.each([
    ['within one visit', 3],
    ['over several visits', 30],
  ])('measures how long the answer lay there at most, %s', async (_how, count) => {
    const visits = visitsTo(table, [...times(count, processing), down, succeeded([])]);
    const { visits: made } = await visits.run('1', { detect_task_id: newId() });
    expect(made > 1).toBe(count > 10);
    const [pending, , last] = visits.asked.slice(-3);
    const lagMs = (last?.atMs ?? 0) - (pending?.atMs ?? 0);
    expect(lagMs).toBeGreaterThan(500);
    expect(valuesOf(visits.measured, 'answerLag')).toEqual([[lagMs]]);
  });

  it('measures no lag where the first poll brings the answer', async () => {
    const visits = visitsTo(table, [succeeded([])]);
    await visits.run('1', { detect_task_id: newId() });
    expect(valuesOf(visits.measured, 'answerLag')).toEqual([]);
    expect(valuesOf(visits.measured, 'ageAtFinal')).toEqual([[0, 'succeeded']]);
  });

  it('measures no lag where a newer visit meets a state that an older one carried', async () => {
    const visits = visitsTo(table, [...times(10, processing), failed()]);
    const { detect_task_id } = await visits.begun({}, ownerNamed('1'));
    const { pending_at: _, ...older } = (await visits.visit('1', { detect_task_id })) as {
      pending_at?: string;
    };
    expect(await visits.visit('1', older)).toMatchObject({ next: 'settled' });
    expect(valuesOf(visits.measured, 'answerLag')).toEqual([]);
  });

  it.each([
    ['the beginning of the record', {}, 500],
    ['the submission, where that is known', { submitted_at: at(-60_000) }, 63_137],
    ['the beginning of the record, where a clock is ahead', { submitted_at: at(60_000) }, 500],
  ])('measures the age of what it settles from %s', async (_what, input, ageMs) => {
    const visits = visitsTo(table, [processing, failed()]);
    await visits.run('1', { detect_task_id: newId(), ...input });
    expect(valuesOf(visits.measured, 'ageAtFinal')).toEqual([[ageMs / 1_000, 'failed']]);
  });

  it('measures by its code what it abandons at the deadline, and no lag', async () => {
    const visits = visitsTo(table, [processing]);
    await visits.run('1', { detect_task_id: newId(), deadline_seconds: 60 });
    expect(valuesOf(visits.measured, 'abandoned')).toEqual([[1, 'DEADLINE_EXCEEDED']]);
    expect(valuesOf(visits.measured, 'ageAtFinal')).toEqual([[50, 'abandoned']]);
    expect(valuesOf(visits.measured, 'answerLag')).toEqual([]);
  });

  it('measures a final record once, whoever asks again', async () => {
    const visits = visitsTo(table, [succeeded([])]);
    const { detect_task_id } = await visits.begun({}, ownerNamed('1'));
    await visits.visit('1', { detect_task_id });
    const before = visits.measured.length;
    await visits.visit('1', { detect_task_id });
    await visits.visit('rival', { detect_task_id });
    expect(visits.measured.slice(before)).toEqual([]);
  });
});
