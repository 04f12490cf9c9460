import { readFileSync } from 'node:fs';

import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { Carried } from '../../../functions/poll/state.ts';
import { openTable } from '../../support/table.ts';
import { noonMs, ownerNamed } from '../../support/records.ts';
import { code, violating, visitsTo } from './visits.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(async () => {
  await table.drop(released.detect_task_id);
  table.reset();
});

/** A shape that executions under way may carry; it never changes, and further ones stand beside it. */
const file = new URL('fixtures/carried-v1.json', import.meta.url);
const released = JSON.parse(readFileSync(file, 'utf8')) as Carried;
const { detect_task_id } = released;

/** A visit that meets the released state a minute after its record began. */
async function visitsFromReleased(reply: Parameters<typeof visitsTo>[1]) {
  const visits = visitsTo(table, reply);
  await visits.begun({ detect_task_id }, ownerNamed('1'));
  visits.clock.pass(60_000);
  return visits;
}

describe('the carried state of version 1', () => {
  it('is taken as it was released', () => {
    expect(Carried.parse(released)).toEqual(released);
  });

  it('is taken with fields that a later version added', () => {
    expect(Carried.parse({ ...released, colour: 'red' })).toEqual(released);
  });

  it('is gone on from: a fifth violation in a row ends the polling', async () => {
    const visits = await visitsFromReleased([violating]);
    expect(await visits.visit('1', released)).toMatchObject({
      next: 'abandoned',
      error: { code: 'CONTRACT_VIOLATION' },
    });
    expect(await visits.headOf(detect_task_id)).toMatchObject({
      polls: 13,
      visits: 4,
      transitions: 7 + 3 + 2,
    });
  });

  it('is gone on from: what was processing is not believed to be unknown', async () => {
    const visits = await visitsFromReleased([code(404)]);
    expect(await visits.visit('1', released)).toMatchObject({
      next: 'wait',
      code_at_deadline: 'PROVIDER_UNAVAILABLE',
      polling_since: new Date(noonMs).toISOString(),
      troubles: 5,
      violations: 0,
    });
  });

  it('is small, whatever it counts', () => {
    expect(JSON.stringify(released).length).toBeLessThan(1_024);
  });
});

describe('a state of another version', () => {
  it('is refused by name, not taken for something that it is not', async () => {
    const visits = visitsTo(table, [violating]);
    expect(await visits.visit('1', { ...released, v: 2 })).toMatchObject({ next: 'refused' });
    expect(visits.asked).toEqual([]);
  });
});
