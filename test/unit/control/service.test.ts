import { describe, expect, it } from 'vitest';

import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { executionName } from '../../../functions/control/workflow.ts';
import { detectionError } from '../../../functions/detection/error-codes.ts';
import { startsOn } from '../../support/engine.ts';
import { answerOf, everything, facesOf, newId, none, ownerNamed, some } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

describe('start', () => {
  it('writes the record, then starts the execution that the record names', async () => {
    const { start, headOf, running } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id, ...everything });
    const name = `1-${id}`;
    expect(head).toMatchObject({ ...everything, status: 'starting', ...ownerNamed(name) });
    expect(await headOf(id)).toEqual(head);
    expect(running()).toEqual([name]);
  });

  it('writes the record before the execution: after a crash in between the next start continues', async () => {
    const { start, headOf, running, beforeStart } = startsOn(table);
    const id = newId();
    beforeStart(() => {
      throw new ProcessDied('between record and execution');
    });
    await expect(start({ detect_task_id: id })).rejects.toThrow(ProcessDied);
    const head = await headOf(id);
    expect(running()).toEqual([]);
    expect(await start({ detect_task_id: id })).toEqual(head);
    expect(running()).toEqual([`1-${id}`]);
  });

  it.each([
    ['of the record', 'PutItem'],
    ['of the next attempt', 'UpdateItem'],
  ] as const)('has the same result if the acknowledgement %s is lost', async (_what, operation) => {
    const { start, running, close } = startsOn(table);
    const id = newId();
    if (operation === 'UpdateItem') close(`1-${id}`);
    table.fail(operation, 'lost-ack');
    const attempt = operation === 'UpdateItem' ? 2 : 1;
    expect(await start({ detect_task_id: id })).toMatchObject({ attempt });
    expect(running()).toEqual([`${attempt}-${id}`]);
  });

  it.each([
    ['with the same parameters', everything],
    ['with none', {}],
    ['with some of them', { deadline_seconds: 90 }],
    ['with keys in another order', { metadata: { b: { c: [1, 2] }, a: 1 } }],
    ['with the same instant in another notation', { submitted_at: '2026-11-22T12:59+01:00' }],
  ])('again %s finds the record', async (_what, again) => {
    const { start, running } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id, ...everything });
    expect(await start({ detect_task_id: id, ...again })).toEqual(head);
    expect(running()).toEqual([`1-${id}`]);
  });

  it.each([
    ['media_url', 'https://media.example/b.jpg'],
    ['callback_url', 'https://hook.example/other'],
    ['submitted_at', '2026-11-22T11:59:01Z'],
    ['deadline_seconds', 91],
    ['metadata', { a: 1 }],
  ])('again with another %s is a conflict in that field', async (field, value) => {
    const { start, headOf } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id, ...everything });
    const rejection = await start({ detect_task_id: id, [field]: value }).catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(RejectedRequestError);
    expect(rejection).toMatchObject({
      kind: 'conflict',
      message: `${field}: this task was started with another value; forget it first to start it anew`,
    });
    expect(await headOf(id)).toEqual(head);
  });

  it.each(['succeeded', 'abandoned'])('again finds a record that %s, and starts nothing', async (status) => {
    const { start, records, close, running } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id });
    const final =
      status === 'succeeded'
        ? await records.complete(head, answerOf(facesOf(1)), some)
        : await records.abandon(head, detectionError('DEADLINE_EXCEEDED'), some);
    close(`1-${id}`);
    expect(await start({ detect_task_id: id })).toEqual(final);
    expect(running()).toEqual([]);
  });

  it('goes on to the next unused name, with the same deadline', async () => {
    const { clock, start, close, running } = startsOn(table);
    const id = newId();
    const first = await start({ detect_task_id: id });
    close(`1-${id}`, `2-${id}`, `3-${id}`);
    clock.pass(60_000);
    const { deadline_at } = first;
    expect(await start({ detect_task_id: id })).toMatchObject({
      attempt: 4,
      deadline_at,
      status: 'starting',
    });
    expect(running()).toEqual([`4-${id}`]);
  });

  it('returns a record that became final while its execution closed', async () => {
    const { start, records, close, running, beforeStart } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id });
    beforeStart(async () => {
      await records.complete(head, answerOf([]), none);
      close(`1-${id}`);
    });
    expect(await start({ detect_task_id: id })).toMatchObject({ attempt: 1, status: 'succeeded' });
    expect(running()).toEqual([]);
  });

  it('by 200 callers at once makes one record and one execution', async () => {
    const { start, headOf, running } = startsOn(table);
    const id = newId();
    const heads = await Promise.all(Array.from({ length: 200 }, () => start({ detect_task_id: id })));
    const head = await headOf(id);
    expect(new Set(heads.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(head)]));
    expect(running()).toEqual([`1-${id}`]);
  });

  it('by 50 callers at once after a used-up name makes one next attempt', async () => {
    const { start, close, running } = startsOn(table);
    const id = newId();
    close(`1-${id}`);
    const heads = await Promise.all(Array.from({ length: 50 }, () => start({ detect_task_id: id })));
    expect(new Set(heads.map((head) => head.attempt))).toEqual(new Set([2]));
    expect(running()).toEqual([`2-${id}`]);
  });

  it('of a forgotten task uses a name that has never run', async () => {
    const { start, records, running } = startsOn(table);
    const id = newId();
    await start({ detect_task_id: id, ...everything });
    await records.forget(id);
    const other = { media_url: 'https://media.example/b.jpg' };
    expect(await start({ detect_task_id: id, ...other })).toMatchObject({ ...other, attempt: 2, polls: 0 });
    expect(running()).toEqual([`1-${id}`, `2-${id}`]);
  });
});

describe('a task id', () => {
  it('must be parsed before it reaches service and records', () => {
    const { records, retry } = startsOn(table);
    const misuses = [
      // @ts-expect-error -- an unparsed text must not compile
      () => retry('unparsed'),
      // @ts-expect-error -- nor here
      () => records.read('unparsed'),
    ];
    expect(misuses).toHaveLength(2);
  });
});

describe('the name of an execution', () => {
  it('is attempt and task id, in at most 80 characters that CloudWatch accepts', () => {
    expect(executionName(1, 'dit60yt8reqplt1c16')).toBe('1-dit60yt8reqplt1c16');
    expect(executionName(999_999_999, '_'.repeat(64))).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  });
});
