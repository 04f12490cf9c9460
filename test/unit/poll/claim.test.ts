import { describe, expect, it } from 'vitest';

import type { InvocationResult } from '../../../functions/poll/state.ts';
import { processing, starting, succeeded, invocationsTo } from '../../support/invocations.ts';
import { facesOf, newId, ownerNamed, some } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;
const kindOf = (answer: InvocationResult) => answer.next;

describe('a rival', () => {
  it('does not poll while the lease is held, and answers with its record', async () => {
    const invocations = invocationsTo(table, [processing]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    const carried = await invocations.invoke('rival', { detect_task_id });
    expect(carried).toMatchObject({ next: 'wait', detect_task_id, attempt: 1, wait_seconds: 1, polls: 0 });
    expect(invocations.asked).toEqual([]);
    expect(table.calls()).toEqual({ GetItem: 1 });

    const head = await invocations.headOf(detect_task_id);
    await invocations.records.complete(head, { kind: 'succeeded', detectId: 'd', faces: facesOf(2) }, some);
    expect(await invocations.invoke('rival', carried)).toEqual({
      v: 2,
      next: 'settled',
      detect_task_id,
      output: { detect_task_id, status: 'succeeded', detect_id: 'd', face_count: 2 },
    });
    expect(invocations.asked).toEqual([]);
  });

  it.each([
    [0, 1],
    [100_000, 16],
    [240_000, 24],
    [299_000, 1],
  ])(
    'reads a record of %d ms by the schedule, and at the latest when the lease expires',
    async (ageMs, seconds) => {
      const invocations = invocationsTo(table, [starting]);
      const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
      invocations.clock.pass(ageMs);
      expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ wait_seconds: seconds });
    },
  );

  it('takes over an expired lease, and polls on from the record', async () => {
    const invocations = invocationsTo(table, [processing]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    const carried = await invocations.invoke('holder', { detect_task_id });
    expect(carried).toMatchObject({ next: 'wait', polls: 10 });
    invocations.clock.pass(6 * minute);
    const answer = await invocations.invoke('rival', { detect_task_id });
    expect(answer).toMatchObject({ next: 'wait', attempt: 1, has_seen_processing: true });
    expect(invocations.asked).toHaveLength(11);
    expect(await invocations.headOf(detect_task_id)).toMatchObject({
      ...ownerNamed('rival'),
      due_at: new Date(invocations.clock.now() + 5 * minute).toISOString(),
    });
    // The first execution comes back and is the rival now.
    expect(await invocations.invoke('holder', carried)).toMatchObject({ next: 'wait' });
    expect(invocations.asked).toHaveLength(11);
  });

  it('takes over from an execution of the same name that a replaced state machine ran, once its lease expires', async () => {
    const invocations = invocationsTo(table, [processing]);
    const replaced = {
      ...ownerNamed('same'),
      execution_arn: 'arn:aws:states:us-east-1:1:execution:old:same',
    };
    const { detect_task_id } = await invocations.begun({}, replaced);
    expect(await invocations.invoke('same', { detect_task_id })).toMatchObject({ next: 'wait', polls: 0 });
    invocations.clock.pass(6 * minute);
    await invocations.invoke('same', { detect_task_id });
    expect(invocations.asked.length).toBeGreaterThan(0);
    // What is stopped, described or abandoned from now on is the execution that polls.
    expect(await invocations.headOf(detect_task_id)).toMatchObject(ownerNamed('same'));
  });

  it('takes over exactly once when two race for a lease', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    invocations.clock.pass(6 * minute);
    const answers = await Promise.all(
      ['one', 'other'].map((name) => invocations.invoke(name, { detect_task_id })),
    );
    expect(answers.map(kindOf)).toEqual(['wait', 'wait']);
    expect(invocations.asked).toHaveLength(1);
    const { execution_name } = await invocations.headOf(detect_task_id);
    expect(['one', 'other']).toContain(execution_name);
  });

  it('takes over a record without a due time', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const head = await invocations.begun({}, ownerNamed('holder'));
    const { due_at: _at, due_shard: _shard, ...undue } = head;
    await table.drop(head.detect_task_id);
    await invocations.records.create(undue, { mayReplaceTombstone: false });
    expect(await invocations.invoke('rival', { detect_task_id: head.detect_task_id })).toMatchObject({
      next: 'settled',
    });
  });

  it('takes over at once from an execution that is known to have ended', async () => {
    const lost: string[] = [];
    const isLost = async (arn: string) => lost.push(arn) > 0;
    const invocations = invocationsTo(table, [succeeded([])], { isLost });
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ next: 'settled' });
    expect(lost).toEqual([ownerNamed('holder').execution_arn]);
  });

  it('that takes over after the deadline abandons without a call', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({ deadline_seconds: 60 }, ownerNamed('holder'));
    invocations.clock.pass(minute);
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({
      next: 'abandoned',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    expect(invocations.asked).toEqual([]);
  });

  it('takes over once even where the acknowledgement is lost', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('holder'));
    invocations.clock.pass(6 * minute);
    table.fail('UpdateItem', 'lost-ack');
    expect(await invocations.invoke('rival', { detect_task_id })).toMatchObject({ next: 'settled' });
    expect(invocations.asked).toHaveLength(1);
  });
});

describe('many first invocations at once', () => {
  it('do not bring back a task that was started and forgotten between their read and write', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [starting]);
    table.before('PutItem', async () => {
      await invocations.begun({ detect_task_id: id });
      await invocations.records.forget(id);
    });
    expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({ next: 'rejected-input' });
    expect(invocations.asked).toEqual([]);
    expect((await invocations.records.read(id)).kind).toBe('forgotten');
  });

  it('make one record with one lease holder, and only that one calls', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [starting]);
    const names = Array.from({ length: 20 }, (_, rival) => `rival-${rival}`);
    const answers = await Promise.all(names.map((name) => invocations.invoke(name, { detect_task_id: id })));
    expect(new Set(answers.map(kindOf))).toEqual(new Set(['wait']));
    const own = answers.filter((answer) => answer.next === 'wait' && answer.polls > 0);
    expect(own).toMatchObject([{ polls: invocations.asked.length }]);
    expect(names).toContain((await invocations.headOf(id)).execution_name);
  });
});
