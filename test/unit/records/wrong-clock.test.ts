/** A record that a clock ends which is not right: it must stay readable for as long as others are. */
import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import type { Head } from '../../../functions/records/item.ts';
import type { Records } from '../../../functions/records/records.ts';
import {
  answerOf,
  facesOf,
  noonMs,
  ownerNamed,
  recordsOf,
  some,
  testClock,
  testDefaults,
  written,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const dayMs = 86_400_000;
const cancelled = detectionError('CANCELLED');

const ends: [string, (records: Records, head: Head) => Promise<Head | 'conflict'>][] = [
  ['answered', (records, head) => records.complete(head, answerOf(facesOf(2)), some)],
  ['answered in pages', (records, head) => records.complete(head, answerOf(facesOf(300, 400)), some)],
  ['abandoned', (records, head) => records.abandon(head, cancelled, some)],
  ['cancelled', (records, head) => records.cancel(head.detect_task_id, cancelled)],
];

describe.each([-40, -1.5])('by a clock that is %d days behind', (days) => {
  it.each(ends)('a record that is %s does not expire at once', async (_how, end) => {
    const clock = testClock();
    const head = await recordsOf(table, clock, { ...testDefaults, retentionSeconds: dayMs / 1_000 }).begun();
    const wrong = testClock();
    wrong.pass(days * dayMs);
    const retention = { ...testDefaults, retentionSeconds: dayMs / 1_000 };
    const final = await written(end(recordsOf(table, wrong, retention).records, head));
    expect(Date.parse(final.final_at ?? '')).toBe(noonMs);
    expect(final.expires_at * 1_000).toBeGreaterThanOrEqual(noonMs + dayMs);
    const read = await recordsOf(table, clock, retention).records.get(head.detect_task_id);
    expect(read).toMatchObject({ status: final.status });
  });

  it('an attempt that begins anew or again does not make its record expire at once', async () => {
    const clock = testClock();
    const retention = { ...testDefaults, retentionSeconds: dayMs / 1_000 };
    const { begun, records } = recordsOf(table, clock, retention);
    const wrong = testClock();
    wrong.pass(days * dayMs);
    const { records: byWrong } = recordsOf(table, wrong, retention);
    const first = await begun();
    await written(byWrong.beginNow(first, 'arn'));
    const retried = await begun();
    await written(records.abandon(retried, cancelled, some));
    const { head } = (await records.read(retried.detect_task_id)) as { head: Head };
    await written(byWrong.reopen(head, ownerNamed('2', 2), 'new'));
    for (const { detect_task_id } of [first, retried])
      expect(await records.get(detect_task_id)).toMatchObject({ status: 'starting' });
  });

  it('a record that is forgotten cannot be created again by a late invocation', async () => {
    const clock = testClock();
    const { begun } = recordsOf(table, clock, testDefaults);
    const head = await begun();
    const wrong = testClock();
    wrong.pass(days * dayMs);
    await recordsOf(table, wrong, testDefaults).records.forget(head.detect_task_id);
    const { records } = recordsOf(table, clock, testDefaults);
    expect(await records.read(head.detect_task_id)).toMatchObject({ kind: 'forgotten' });
    expect(await records.create(head, { mayReplaceTombstone: false })).toBe('conflict');
  });
});

it.each(ends.slice(0, 3))(
  'a record that a clock 40 days behind began, and one set right %s, is kept',
  async (_how, end) => {
    const wrong = testClock();
    wrong.pass(-40 * dayMs);
    const head = await recordsOf(table, wrong, testDefaults).begun();
    const { records, headOf } = recordsOf(table, testClock(), testDefaults);
    await written(end(records, head));
    const final = await headOf(head.detect_task_id);
    expect(final.final_at).toBe(new Date(noonMs).toISOString());
    expect(final.expires_at).toBe(noonMs / 1_000 + testDefaults.retentionSeconds);
  },
);

it('a cancellation by a clock that is ahead is published no later than the lease would have expired', async () => {
  const clock = testClock();
  const head = await recordsOf(table, clock, testDefaults).begun();
  const wrong = testClock();
  wrong.pass(20 * dayMs);
  const { records } = recordsOf(table, wrong, testDefaults);
  const { due_at } = await written(records.cancel(head.detect_task_id, cancelled));
  expect(due_at).toBe(head.due_at);
});
