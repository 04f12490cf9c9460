import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { type Face } from '../../../functions/detection/types.ts';
import type { Head } from '../../../functions/records/item.ts';
import {
  code,
  down,
  failed,
  processing,
  type Reply,
  starting,
  succeeded,
  invocationsTo,
  times,
} from '../../support/invocations.ts';
import { facesOf, newId, ownerNamed, some, taskId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import type { Fault } from '../../support/table.ts';

const table = await openSuiteTable();

const minute = 60_000;
/** Two pages. */
const manyFaces = facesOf(6, 60_000);

/** What readers see of a record, without its accounting and instants. */
function contentOf(head: Head) {
  const { status, detect_id, face_count, faces, face_pages, error, attempt, execution_name } = head;
  return { status, detect_id, face_count, faces, face_pages, error, attempt, execution_name };
}

/** Pages that no reader reaches and no sweep finds. */
function orphansOf(head: Head, stored: ReadonlyMap<string, unknown>): string[] {
  const known = [
    head.detect_task_id,
    ...[...(head.page_refs ?? []), head.faces_ref].map((ref) => `${head.detect_task_id}#${ref}`),
  ];
  return [...stored.keys()].filter(
    (key) => !known.some((name) => key === name || key.startsWith(`${name}#`)),
  );
}

const stories: [string, Reply[], Face[] | undefined][] = [
  ['succeeds', [...times(12, starting), processing, down, succeeded(facesOf(3))], facesOf(3)],
  ['succeeds with pages', [processing, succeeded(manyFaces)], manyFaces],
  ['fails', [...times(14, processing), failed({ code: 7, message: 'no' })], undefined],
  ['is abandoned', [...times(14, processing), code(505)], undefined],
];

/** Runs a story to its end, and returns what the table then holds. */
async function play(replies: readonly Reply[], fault?: Fault, skip = 0) {
  const id = newId();
  const invocations = invocationsTo(table, replies);
  table.reset();
  if (fault !== undefined) table.fail('any', fault, { skip });
  const { answer } = await invocations.run('1', { detect_task_id: id });
  const calls = Object.values(table.calls()).reduce((sum, count) => sum + count, 0);
  table.reset();
  const head = await invocations.headOf(id);
  const detection = await invocations.records.get(id);
  const stored = await table.stored(id);
  const orphans = orphansOf(head, stored);
  // Later scans are faster without these items.
  for (const item of stored.keys()) await table.drop(item);
  const left = {
    answer: JSON.parse(JSON.stringify(answer).replaceAll(id, 'id')) as unknown,
    content: contentOf(head),
    faces: detection?.faces,
    orphans,
    // The sweep finds the pages of a dead process by their record's due time.
    isLeftAlone: head.page_refs !== undefined && head.due_at === undefined,
  };
  return { left, calls, polls: head.polls, asked: invocations.asked.length };
}

const faults = ['dead-before', 'dead-after', 'lost-ack', 'throttled'] as const;

describe('one fault at any call of the database', () => {
  it.each(faults.flatMap((fault) => stories.map((story) => [fault, ...story] as const)))(
    'changes nothing: %s, of a task that %s',
    async (fault, _how, replies, faces) => {
      const well = await play(replies);
      expect(well.left).toMatchObject({ orphans: [], isLeftAlone: false });
      expect(well.left.faces).toEqual(faces);
      expect(well.polls).toBe(well.asked);
      for (let call = 0; call < well.calls; call++) {
        const ill = await play(replies, fault, call);
        expect({ call, ...ill.left }).toEqual({ call, ...well.left });
        expect(ill.polls).toBeLessThanOrEqual(ill.asked);
      }
    },
  );
});

describe('two invocations of one execution at once', () => {
  it.each([
    ['the same', succeeded(facesOf(2)), succeeded(facesOf(2))],
    ['something else', succeeded(facesOf(2)), failed()],
    ['something else, in pages', succeeded(manyFaces, 'one'), succeeded(manyFaces, 'other')],
  ])('settle once and answer alike, also where the provider answers %s', async (_what, one, other) => {
    const invocations = invocationsTo(table, [one, other]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    const answers = await Promise.all([1, 2].map(() => invocations.invoke('1', { detect_task_id })));
    expect(answers[0]).toMatchObject({ next: 'settled' });
    expect(answers[1]).toEqual(answers[0]);
    const head = await invocations.headOf(detect_task_id);
    expect(orphansOf(head, await table.stored(detect_task_id))).toEqual([]);
    expect(head).not.toHaveProperty('page_refs');
  });
});

describe('an invocation whose record becomes final meanwhile', () => {
  it.each([
    ['settles', succeeded(facesOf(1))],
    ['abandons', code(505)],
    ['reports progress', processing],
  ])('answers with that record when it %s', async (_what, reply) => {
    const invocations = invocationsTo(table, [
      async (asked) => {
        await invocations.records.cancel(taskId(asked.detectTaskId), detectionError('CANCELLED'));
        return reply(asked);
      },
    ]);
    const answer = await invocations.invoke('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'CANCELLED' } });
    expect(invocations.asked.length).toBeLessThanOrEqual(10);
  });
});

describe('a holder that comes back after a take-over', () => {
  it('still settles its answer, but abandons nothing', async () => {
    const invocations = invocationsTo(table, [starting]);
    const head = await invocations.begun({}, ownerNamed('holder'));
    invocations.clock.pass(6 * minute);
    await invocations.invoke('rival', { detect_task_id: head.detect_task_id });
    expect(await invocations.records.abandon(head, detectionError('CANCELLED'), some)).toBe('conflict');
    expect(
      await invocations.records.complete(head, { kind: 'succeeded', detectId: 'd', faces: [] }, some),
    ).toMatchObject({ status: 'succeeded', execution_name: 'rival' });
  });
});

describe('an invocation whose parts fail', () => {
  it('throws the fault for the workflow to retry, and leaves the record open', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    table.fail('GetItem', 'throttled', { times: 3 });
    await expect(invocations.invoke('1', { detect_task_id })).rejects.toThrow('Too many requests.');
    const keyless = invocationsTo(table, [starting], {
      apiKey: {
        read: () => Promise.reject(new Error('the secret store is down')),
        readAfresh: async () => 'k',
      },
    });
    await expect(keyless.invoke('1', { detect_task_id })).rejects.toThrow('the secret store is down');
    expect([invocations.asked, keyless.asked]).toEqual([[], []]);
    expect(await invocations.headOf(detect_task_id)).toMatchObject({ status: 'starting' });
  });
});
