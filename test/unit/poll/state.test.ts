import { readFileSync } from 'node:fs';

import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { PollState } from '../../../functions/poll/state.ts';
import { code, violating, invocationsTo } from '../../support/invocations.ts';
import { noonMs, ownerNamed } from '../../support/records.ts';
import { openTable } from '../../support/table.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(async () => {
  await table.drop(released.detect_task_id);
  table.reset();
});

/** A shape that running executions may carry. It never changes; later shapes stand beside it. */
const file = new URL('fixtures/poll-state-v2.json', import.meta.url);
const released = JSON.parse(readFileSync(file, 'utf8')) as PollState;
const { detect_task_id } = released;

/** An invocation that meets the released state a minute after its record began. */
async function invocationsFromReleased(reply: Parameters<typeof invocationsTo>[1]) {
  const invocations = invocationsTo(table, reply);
  await invocations.begun({ detect_task_id }, ownerNamed('1'));
  invocations.clock.pass(60_000);
  return invocations;
}

describe('the carried state of version 2', () => {
  it('is accepted as it was released', () => {
    expect(PollState.parse(released)).toEqual(released);
  });

  it('is accepted with fields that a later version added', () => {
    expect(PollState.parse({ ...released, colour: 'red' })).toEqual(released);
  });

  it('is continued: a fifth violation in a row ends the polling', async () => {
    const invocations = await invocationsFromReleased([violating]);
    expect(await invocations.invoke('1', released)).toMatchObject({
      next: 'abandoned',
      error: { code: 'CONTRACT_VIOLATION' },
    });
    expect(await invocations.headOf(detect_task_id)).toMatchObject({
      polls: 13,
      invocations: 4,
      transitions: 7 + 3 + 2,
    });
  });

  it('is continued: a task that was processing is not believed to be unknown', async () => {
    const invocations = await invocationsFromReleased([code(404)]);
    expect(await invocations.invoke('1', released)).toMatchObject({
      next: 'wait',
      code_at_deadline: 'PROVIDER_UNAVAILABLE',
      polling_since: new Date(noonMs).toISOString(),
      troubles: 5,
      violations: 0,
    });
  });

  it('is small', () => {
    expect(JSON.stringify(released).length).toBeLessThan(1_024);
  });
});

describe('a state of another version', () => {
  it('is rejected, and not taken for another', async () => {
    const invocations = invocationsTo(table, [violating]);
    expect(await invocations.invoke('1', { ...released, v: 1 })).toMatchObject({ next: 'rejected-input' });
    expect(invocations.asked).toEqual([]);
  });
});
