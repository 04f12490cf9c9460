/** What is deleted is gone, whatever an invocation, a start or a sweep was about to write when it was deleted. */
import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { newHead } from '../../../functions/records/head.ts';
import type { Head } from '../../../functions/records/item.ts';
import {
  answerOf,
  facesOf,
  newId,
  ownerNamed,
  recordsOf,
  some,
  testClock,
  testDefaults,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

const clock = testClock();
const { records, begun, headOf } = recordsOf(table, clock);
/** Two pages. */
const faces = facesOf(6, 60_000);
const minute = 60_000;
const pagesOf = async (id: string): Promise<string[]> =>
  [...(await table.stored(id)).keys()].filter((name) => name.includes('#'));

const secondHead = (id: Head['detect_task_id']): Head =>
  newHead({ detect_task_id: id }, ownerNamed(`2-${id}`, 2), testDefaults, clock.now());
const start = (id: Head['detect_task_id']) => records.create(secondHead(id), { mayReplaceTombstone: true });

/** An invocation that is about to write its second page when its task is forgotten, and dies behind it. */
async function forgottenUnderAWriter(): Promise<Head> {
  const head = await begun();
  table.before('PutItem', () => records.forget(head.detect_task_id), { skip: 1 });
  table.fail('UpdateItem', 'dead-before', { skip: 1 });
  await expect(records.complete(head, answerOf(faces), some)).rejects.toThrow(ProcessDied);
  return head;
}

async function cutShort(): Promise<Head> {
  const head = await begun();
  await records.complete(head, answerOf(faces), some);
  table.fail('DeleteItem', 'dead-before');
  await expect(records.forget(head.detect_task_id)).rejects.toThrow(ProcessDied);
  return head;
}

const expire = (): void => clock.pass((testDefaults.retentionSeconds + 1) * 1_000);

describe('a page that is written behind a tombstone', () => {
  it('is found by the sweep once no invocation can be writing any', async () => {
    const { detect_task_id: id } = await forgottenUnderAWriter();
    expect(await pagesOf(id)).toHaveLength(1);
    clock.pass(5 * minute);
    const due: string[] = [];
    for await (const each of records.dueIds(clock.now())) due.push(each);
    expect(due).toContain(id);
    await records.forget(id);
    const stored = await table.stored(id);
    expect([...stored.keys()]).toEqual([id]);
    expect(Object.keys(stored.get(id) ?? {}).toSorted()).toEqual(['attempt', 'expires_at', 'forgotten_at']);
  });

  it('is deleted by the next request to forget it', async () => {
    const { detect_task_id: id } = await forgottenUnderAWriter();
    await records.forget(id);
    expect(await pagesOf(id)).toEqual([]);
  });

  it('is deleted by a start', async () => {
    const { detect_task_id: id } = await forgottenUnderAWriter();
    expect(await start(id)).toMatchObject({ attempt: 2 });
    expect(await pagesOf(id)).toEqual([]);
  });
});

describe('an invocation that writes pages', () => {
  it('writes no further one after its task was forgotten', async () => {
    const head = await begun();
    table.before('PutItem', () => records.forget(head.detect_task_id));
    expect(await records.complete(head, answerOf(facesOf(60, 60_000)), some)).toBe('conflict');
    // The tombstone, and the page that was on its way.
    expect(table.calls()['PutItem']).toBe(2);
    expect(await pagesOf(head.detect_task_id)).toEqual([]);
  });

  it('writes no further one after another one completed', async () => {
    const head = await begun();
    table.before('PutItem', () => records.complete(head, answerOf([]), some));
    expect(await records.complete(head, answerOf(facesOf(60, 60_000)), some)).toBe('conflict');
    expect(table.calls()['PutItem']).toBe(1);
  });

  it.each([
    ['after its last page', 'UpdateItem', 1],
    ['between its pages', 'PutItem', 1],
  ] as const)('does not complete the record of a start %s', async (_when, operation, skip) => {
    const head = await begun();
    const { detect_task_id: id } = head;
    const again = async (): Promise<void> => {
      await records.forget(id);
      await start(id);
    };
    table.before(operation, again, { skip });
    expect(await records.complete(head, answerOf(faces), some)).toBe('conflict');
    expect(await headOf(id)).toMatchObject({ status: 'starting', attempt: 2 });
    expect(await pagesOf(id)).toEqual([]);
  });

  it('does not complete a retried record whose sweep deleted its pages', async () => {
    const head = await begun();
    const { detect_task_id: id } = head;
    const retried = async (): Promise<void> => {
      await records.cancel(id, detectionError('CANCELLED'));
      const cancelled = await headOf(id);
      // Between the deletion of the pages and the write that says so.
      table.before('UpdateItem', () => records.reopen(cancelled, ownerNamed(`2-${id}`, 2), 'new'), {
        skip: 1,
      });
      expect(await records.deleteOrphans(cancelled)).toBe('conflict');
    };
    table.before('UpdateItem', retried, { skip: 1 });
    expect(await records.complete(head, answerOf(faces), some)).toBe('conflict');
    expect(await headOf(id)).toMatchObject({ status: 'starting', attempt: 2 });
    expect(await pagesOf(id)).toEqual([]);
  });
});

describe('a start over a forgetting that was cut short', () => {
  it.each(['lost-ack', 'dead-after'] as const)('leaves no page where its put meets %s', async (fault) => {
    const { detect_task_id: id } = await cutShort();
    table.fail('PutItem', fault, { skip: 1 });
    const outcome = await start(id).catch((error: unknown) => (error as Error).name);
    expect(outcome).toBe(fault === 'dead-after' ? 'ProcessDied' : 'conflict');
    expect(await headOf(id)).toMatchObject({ attempt: 2, status: 'starting' });
    expect(await pagesOf(id)).toEqual([]);
  });

  it('carries the references over, so that a late page or picture is found', async () => {
    const { detect_task_id: id } = await cutShort();
    await start(id);
    const { orphan_refs } = await headOf(id);
    expect([...(orphan_refs ?? [])]).toEqual(
      expect.arrayContaining(['pictures-1.0', expect.stringMatching(/^[\w-]{12}\.2$/)]),
    );
    const final = await records.complete(await headOf(id), answerOf([]), some);
    expect(final).toMatchObject({ orphan_refs, due_shard: 0 });
  });

  it('is lost to a forgetting that finds another page meanwhile', async () => {
    const { detect_task_id: id } = await cutShort();
    table.before(
      'PutItem',
      async () => {
        clock.pass(5 * minute);
        await records.forget(id);
      },
      { skip: 1 },
    );
    expect(await start(id)).toBe('conflict');
    expect(await start(id)).toMatchObject({ attempt: 2 });
    expect(await headOf(id)).not.toHaveProperty('orphan_refs');
  });
});

describe('an expired record that is still stored', () => {
  it.each([
    ['open', undefined],
    ['final', facesOf(2)],
    ['final with pages', faces],
  ])('is forgotten like any other: %s', async (_state, given) => {
    const head = await begun({ media_url: 'https://media.example/me.jpg' });
    const { detect_task_id: id } = head;
    if (given !== undefined) await records.complete(head, answerOf(given), some);
    expire();
    expect(await records.forget(id)).toMatchObject({ detect_task_id: id });
    const stored = await table.stored(id);
    expect([...stored.keys()]).toEqual([id]);
    expect(stored.get(id)).toHaveProperty('forgotten_at');
    expect(JSON.stringify([...stored])).not.toContain('example');
  });

  it.each([
    ['an invocation', false],
    ['a start', true],
  ])('leaves no page where %s replaces it', async (_who, mayReplaceTombstone) => {
    const head = await begun();
    const { detect_task_id: id } = head;
    await records.complete(head, answerOf(faces), some);
    expire();
    table.fail('PutItem', 'dead-after', { skip: 1 });
    await expect(records.create(secondHead(id), { mayReplaceTombstone })).rejects.toThrow(ProcessDied);
    expect(await pagesOf(id)).toEqual([]);
  });

  it('does not come back where it is begun anew while it is forgotten', async () => {
    const id = newId();
    await begun({ detect_task_id: id });
    expire();
    table.before('PutItem', () => start(id));
    expect(await records.forget(id)).toMatchObject({ attempt: 2 });
    expect(await records.read(id)).toMatchObject({ kind: 'forgotten' });
  });
});
