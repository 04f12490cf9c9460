import { describe, expect, it } from 'vitest';

import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import type { DetectTaskId } from '../../../functions/detection/input.ts';
import { startsOn } from '../../support/engine.ts';
import { answerOf, newId, some } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

type Starts = Pick<ReturnType<typeof startsOn>, 'beforeStart' | 'records' | 'close'>;

/** Just before each start of an execution its task is forgotten and its name used up, so many times. */
function undoStarts(starts: Starts, id: DetectTaskId, times: number, attempt = 1): void {
  starts.beforeStart(async () => {
    await starts.records.forget(id);
    starts.close(`${attempt}-${id}`);
    if (attempt < times) undoStarts(starts, id, times, attempt + 1);
  });
}

describe('start', () => {
  it('tells whether it created the record', async () => {
    const { begin } = startsOn(table);
    const id = newId();
    expect(await begin({ detect_task_id: id })).toMatchObject({ isNew: true });
    expect(await begin({ detect_task_id: id })).toMatchObject({ isNew: false });
  });

  it('did not create a record that another caller wrote just before', async () => {
    const { begin, start, running } = startsOn(table);
    const id = newId();
    table.before('PutItem', () => start({ detect_task_id: id }));
    expect(await begin({ detect_task_id: id })).toMatchObject({ isNew: false, head: { attempt: 1 } });
    expect(running()).toEqual([`1-${id}`]);
  });

  it('conflicts with other parameters that were written just before', async () => {
    const { begin, start } = startsOn(table);
    const id = newId();
    table.before('PutItem', () => start({ detect_task_id: id, metadata: { a: 1 } }));
    await expect(begin({ detect_task_id: id, metadata: { a: 2 } })).rejects.toMatchObject({
      kind: 'conflict',
      field: 'metadata',
    });
  });

  it('creates the record again if it is forgotten before its execution starts', async () => {
    const starts = startsOn(table);
    const id = newId();
    undoStarts(starts, id, 1);
    const begun = await starts.begin({ detect_task_id: id });
    expect(begun).toMatchObject({ isNew: true, head: { attempt: 2 } });
    expect(starts.running()).toEqual([`2-${id}`]);
  });

  it('gives up after twenty such conflicts', async () => {
    const [nearly, always] = [startsOn(table), startsOn(table)];
    const [a, b] = [newId(), newId()];
    undoStarts(nearly, a, 19);
    expect(await nearly.start({ detect_task_id: a })).toMatchObject({ attempt: 20 });
    undoStarts(always, b, 30);
    await expect(always.start({ detect_task_id: b })).rejects.toThrow(
      'too many concurrent writes to one record; try again',
    );
    expect(await table.stored(b)).toMatchObject(new Map([[b, { attempt: 20 }]]));
  });

  it('goes on with the attempt that another caller has just made after a used-up name', async () => {
    const { start, close, running } = startsOn(table);
    const id = newId();
    await start({ detect_task_id: id });
    close(`1-${id}`);
    table.before('UpdateItem', () => start({ detect_task_id: id }));
    expect(await start({ detect_task_id: id })).toMatchObject({ attempt: 2 });
    expect(running()).toEqual([`2-${id}`]);
  });

  it('rejects a callback against the rule of the stack, naming the field', async () => {
    const { start, running } = startsOn(table);
    const rejection = await start({ detect_task_id: newId(), callback_url: 'http://hook.example/' }).catch(
      (error: unknown) => error,
    );
    expect(rejection).toBeInstanceOf(RejectedRequestError);
    expect(rejection).toMatchObject({ name: 'RejectedRequestError', kind: 'invalid', field: 'callback_url' });
    expect(String(rejection)).toMatch(/callback_url: \S/);
    expect([table.calls(), running()]).toEqual([{}, []]);
  });
});

describe('retry', () => {
  it('goes on with the attempt that another caller has just made', async () => {
    const { begun, cancel, retry, running } = startsOn(table);
    const { detect_task_id: id } = await begun();
    await cancel(id);
    table.before('UpdateItem', () => retry(id));
    expect(await retry(id)).toMatchObject({ attempt: 2 });
    expect(running()).toEqual([`2-${id}`]);
  });
});

describe('cancel', () => {
  it('returns a record that has just become final, and stops nothing', async () => {
    const { start, records, cancel, running } = startsOn(table);
    const id = newId();
    const head = await start({ detect_task_id: id });
    table.before('UpdateItem', () => records.complete(head, answerOf([]), some));
    expect(await cancel(id)).toMatchObject({ status: 'succeeded' });
    expect(running()).toEqual([`1-${id}`]);
  });
});
