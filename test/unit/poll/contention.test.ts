import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import type { DetectTaskId } from '../../../functions/detection/input.ts';
import { policyOf } from '../../../functions/poll/policy.ts';
import { processing, type Reply, starting, invocationsTo } from '../../support/invocations.ts';
import { newId, ownerNamed, testClock, taskId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;
type Invocations = ReturnType<typeof invocationsTo>;

/** So many take-overs find that another execution was faster, which then never polls. */
function outrun(invocations: Invocations, id: string, times: number): void {
  if (times === 0) return;
  table.before('UpdateItem', async () => {
    await invocations.records.takeOverExpiredLease(
      await invocations.headOf(id),
      ownerNamed(`rival-${times}`),
    );
    invocations.clock.pass(6 * minute);
    outrun(invocations, id, times - 1);
  });
}

/** A record whose lease expired and is taken over so many times before the next invocation can. */
async function expired(invocations: Invocations, times: number): Promise<string> {
  const { detect_task_id: id } = await invocations.begun({ deadline_seconds: 86_400 }, ownerNamed('holder'));
  invocations.clock.pass(6 * minute);
  outrun(invocations, id, times);
  return id;
}

/** An invocation of an execution that began so long ago. */
const late = (invocations: Invocations, name: string, id: string, ageMs: number) =>
  invocations.invokeRaw(
    {
      state: { detect_task_id: id },
      ...ownerNamed(name),
      entered_at: new Date(invocations.clock.now() - ageMs).toISOString(),
    },
    Infinity,
  );

describe('a first invocation', () => {
  it('is a rival of the execution that created the record a moment earlier', async () => {
    const invocations = invocationsTo(table, [processing]);
    const id = newId();
    table.before('PutItem', () => invocations.begun({ detect_task_id: id }, ownerNamed('holder')));
    expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({ next: 'wait', polls: 0 });
    expect(invocations.asked).toEqual([]);
  });

  it('of one of several executions of a name does not poll where another one was faster', async () => {
    const invocations = invocationsTo(table, [processing], {
      policy: policyOf('EXPRESS'),
    });
    const id = newId();
    const execution_name = `1-${id}`;
    const name = `arn:aws:states:us-east-1:123456789012:express:poller:${execution_name}`;
    const head = await invocations.begun(
      { detect_task_id: id },
      { attempt: 1, execution_name, execution_arn: name },
    );
    table.before('UpdateItem', () => invocations.records.bindExecution(head, `${name}:first`));
    const state = { detect_task_id: id };
    const second = { state, execution_name, execution_arn: `${name}:second` };
    expect(await invocations.invokeRaw(second, Infinity)).toMatchObject({ next: 'wait', polls: 0 });
    expect(invocations.asked).toEqual([]);
    expect(await invocations.headOf(id)).toMatchObject({ execution_arn: `${name}:first` });
    const first = { state, execution_name, execution_arn: `${name}:first` };
    await invocations.invokeRaw(first, Infinity);
    expect(invocations.asked.length).toBeGreaterThan(0);
  });
});

describe('an invocation', () => {
  it('waits for the execution that took over a moment earlier', async () => {
    const invocations = invocationsTo(table, [processing]);
    const head = await invocations.begun({}, ownerNamed('holder'));
    invocations.clock.pass(6 * minute);
    table.before('UpdateItem', () => invocations.records.takeOverExpiredLease(head, ownerNamed('rival')));
    const { detect_task_id } = head;
    expect(await invocations.invoke('1', { detect_task_id })).toMatchObject({ next: 'wait', polls: 0 });
    expect(invocations.asked).toEqual([]);
  });

  it('goes on after nine conflicts over its record, and fails with the tenth', async () => {
    const [nine, ten] = [invocationsTo(table, [processing]), invocationsTo(table, [processing])];
    const won = await expired(nine, 9);
    expect(await nine.invoke('1', { detect_task_id: won })).toMatchObject({ next: 'wait' });
    expect(nine.asked.length).toBeGreaterThan(0);
    const lost = await expired(ten, 10);
    await expect(ten.invoke('1', { detect_task_id: lost })).rejects.toThrow(
      `${lost}: 10 conflicts over its record in one invocation`,
    );
    expect(ten.asked).toEqual([]);
  });

  it('does not poll a task that was cancelled while it renewed the lease', async () => {
    const invocations = invocationsTo(table, [processing]);
    const { detect_task_id: id } = await invocations.begun({}, ownerNamed('1'));
    invocations.clock.pass(5 * minute);
    table.before('UpdateItem', () => invocations.records.cancel(id, detectionError('CANCELLED')));
    expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({
      next: 'abandoned',
      error: { code: 'CANCELLED' },
    });
    expect(invocations.asked).toEqual([]);
  });

  it.each([
    [
      'cancelled',
      (invocations: Invocations, id: DetectTaskId) =>
        invocations.records.cancel(id, detectionError('CANCELLED')),
      'abandoned',
    ],
    [
      'forgotten',
      (invocations: Invocations, id: DetectTaskId) => invocations.records.forget(id),
      'abandoned',
    ],
    [
      'taken over',
      async (invocations: Invocations, id: DetectTaskId) =>
        invocations.records.takeOverExpiredLease(await invocations.headOf(id), ownerNamed('rival')),
      'wait',
    ],
  ] as const)(
    'that lasts minutes notices within half a minute that its task was %s',
    async (_what, act, next) => {
      const clock = testClock();
      let actedMs = Infinity;
      const reply: Reply = async (asked) => {
        if (invocations.asked.length === 3) {
          actedMs = clock.now();
          await act(invocations, taskId(asked.detectTaskId));
        }
        return starting(asked);
      };
      const invocations: Invocations = invocationsTo(table, [reply], {
        policy: policyOf('STANDARD', { firstSeconds: 225 }),
        clock,
      });
      const { detect_task_id: id } = await invocations.begun({}, ownerNamed('1'));
      expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({ next });
      const askedLastMs = invocations.asked.at(-1)?.atMs ?? 0;
      expect(askedLastMs).toBeGreaterThan(actedMs);
      expect(askedLastMs - actedMs).toBeLessThanOrEqual(30_000);
    },
  );
});

describe('a segment', () => {
  const policy = policyOf('EXPRESS');
  it('of a rival ends with the record as it stands', async () => {
    const invocations = invocationsTo(table, [processing], { policy });
    const { detect_task_id: id } = await invocations.begun({}, ownerNamed('holder'));
    expect(await late(invocations, 'rival', id, 0)).toMatchObject({ next: 'wait' });
    expect(await late(invocations, 'rival', id, 5 * minute)).toMatchObject({
      next: 'settled',
      output: { detect_task_id: id, status: 'starting' },
    });
    expect(invocations.asked).toEqual([]);
  });

  it('of a rival that takes over ends with its own execution, and is the next one of the attempt', async () => {
    const invocations = invocationsTo(table, [processing], { policy });
    const { detect_task_id: id } = await invocations.begun({}, ownerNamed('1'));
    expect(await late(invocations, '1', id, 5 * minute)).toMatchObject({
      next: 'continue',
      continuation: { name: `1_2-${id}` },
    });
    invocations.clock.pass(90_000);
    const carried = await invocations.invoke('rival', { detect_task_id: id });
    expect(carried).toMatchObject({ next: 'wait', polls: 1 });
    // The successor never starts, so its lease expires.
    invocations.clock.pass(4 * minute);
    expect(await invocations.invoke('rival', carried)).toMatchObject({
      next: 'continue',
      continuation: { name: `1_3-${id}` },
    });
  });

  it('hands off no task that was cancelled a moment earlier', async () => {
    const invocations = invocationsTo(table, [processing], { policy });
    const { detect_task_id: id } = await invocations.begun({}, ownerNamed('1'));
    expect(await late(invocations, '1', id, 5 * minute)).toMatchObject({ next: 'continue' });
    const again = await invocations.headOf(id);
    table.before('UpdateItem', () => invocations.records.cancel(id, detectionError('CANCELLED')));
    expect(await late(invocations, again.execution_name, id, 5 * minute)).toMatchObject({
      next: 'abandoned',
      error: { code: 'CANCELLED' },
    });
  });
});
