/** What Lambda and Step Functions do to an invocation, by the names that they give it: the committed workflow over real records. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { InvocationResult } from '../../functions/poll/state.ts';
import { createRecords } from '../../functions/records/records.ts';
import { committedDefinition } from '../../local/definition.ts';
import { tableName } from '../../local/table.ts';
import { createLocalWorkflow } from '../../local/workflow.ts';
import { code, processing, succeeded, invocationsTo } from '../support/invocations.ts';
import { facesOf, newId } from '../support/records.ts';
import { openTable, type TestTable } from '../support/table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await openTable();
});
afterAll(() => table.close());

const named = (name: string): Error => Object.assign(new Error('as Lambda says it'), { name });

/** Runs one execution; `meddle` stands between the workflow and each invocation of the real invocation. */
async function run(
  replies: Parameters<typeof invocationsTo>[1],
  meddle: (invoke: () => Promise<InvocationResult>, count: number) => Promise<unknown>,
) {
  const invocations = invocationsTo(table, replies);
  let count = 0;
  const workflow = createLocalWorkflow({
    type: 'STANDARD',
    definition: committedDefinition(),
    invoke: (event) =>
      meddle(async () => {
        const answer = await invocations.invokeRaw(event, Infinity);
        if (answer.next === 'wait') invocations.clock.pass(answer.wait_seconds * 1_000);
        return answer;
      }, count++) as Promise<InvocationResult>,
    dynamodb: table.client,
    tableName,
    processes: { id: 'c1deadbeef', isAlive: async () => true, close: async () => {} },
    records: createRecords({
      client: table.client,
      tableName,
      defaults: invocations.records.defaults,
      now: () => invocations.clock.now(),
    }),
    now: () => invocations.clock.now(),
    overrides: {
      waitTimeOverrides: { Wait: 0 },
      retryIntervalOverrides: { Poll: 0, 'Record abandonment': 0 },
    },
  });
  const id = newId();
  const ending = await workflow.execute(`1-${id}`, { detect_task_id: id });
  return { ending, head: await invocations.headOf(id), asked: invocations.asked.length, invocations: count };
}

/** How often the workflow tries each of them again. */
const retried: [string, string, number][] = [
  ['that times out', 'Sandbox.Timedout', 2],
  ['that dies for want of memory', 'Runtime.ExitError', 2],
  ['that is said to be unknown', 'Lambda.Unknown', 2],
  ['that is throttled', 'Lambda.TooManyRequestsException', 30],
  ['that the service loses', 'Lambda.ServiceException', 8],
  ['that the connection to Lambda loses', 'Lambda.SdkClientException', 8],
  ['that fails by a fault of its own', 'ProvisionedThroughputExceededException', 3],
];

describe('an invocation', () => {
  it.each(retried)('%s loses no answer, up to its number of retries', async (_what, name, times) => {
    const { ending, head, invocations } = await run(
      [processing, succeeded(facesOf(3))],
      async (invoke, count) => {
        if (count < times) throw named(name);
        return invoke();
      },
    );
    expect(ending).toMatchObject({ status: 'SUCCEEDED', output: { face_count: 3 } });
    expect(head).toMatchObject({ status: 'succeeded', faces: facesOf(3) });
    expect(invocations).toBeGreaterThan(times);
  });

  const throttleRetries = 1_440;
  const exhausted = retried.map(
    ([what, name, times]) => [what, name, name.includes('TooMany') ? throttleRetries : times] as const,
  );

  it.each(exhausted)(
    '%s and exhausts the retries is recorded as lost by the workflow',
    async (_what, name, times) => {
      const { ending, head, invocations } = await run([processing], async (invoke, count) => {
        if (count === 0) return invoke();
        throw named(name);
      });
      expect(ending).toMatchObject({ status: 'FAILED', error: 'EXECUTION_LOST' });
      expect(head).toMatchObject({ status: 'abandoned', error: { code: 'EXECUTION_LOST', retryable: true } });
      // For the sweep to tell of.
      expect(head.due_at).toBe(head.final_at);
      expect(invocations).toBe(1 + times + 1);
    },
  );

  it('that dies after its last write is completed by the next, without a further call', async () => {
    const { ending, head, asked } = await run([succeeded(facesOf(2))], async (invoke, count) => {
      const answer = await invoke();
      if (count === 0) throw named('Sandbox.Timedout');
      return answer;
    });
    expect(ending).toMatchObject({ status: 'SUCCEEDED', output: { status: 'succeeded', face_count: 2 } });
    expect(head).toMatchObject({ status: 'succeeded', faces: facesOf(2) });
    expect(asked).toBe(1);
  });

  it('that is made twice at once ends as one, with one record', async () => {
    const { ending, head } = await run([processing, succeeded(facesOf(2))], async (invoke) => {
      const [one, other] = await Promise.all([invoke(), invoke()]);
      expect(other.next).toBe(one.next);
      return other;
    });
    expect(ending).toMatchObject({ status: 'SUCCEEDED', output: { face_count: 2 } });
    expect(head).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it.each([
    ['in unknown words', { v: 9, next: 'dance' }],
    ['without a next', {}],
    ['with a next of another type', { next: 1 }],
  ])('that answers %s is taken for lost', async (_what, words) => {
    const { ending, head } = await run([processing], async (invoke, count) => {
      const answer = await invoke();
      return count === 0 ? answer : { ...answer, next: undefined, ...words };
    });
    expect(ending).toMatchObject({ status: 'FAILED', error: 'EXECUTION_LOST' });
    expect(head).toMatchObject({ status: 'abandoned', error: { code: 'EXECUTION_LOST' } });
  });

  it('that answers with nothing fails the execution, and leaves the record due for the sweep', async () => {
    const { ending, head } = await run([processing], async (invoke, count) => {
      const answer = await invoke();
      return count === 0 ? answer : null;
    });
    expect(ending).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(head).toMatchObject({ status: 'processing', due_at: expect.any(String) as unknown });
  });

  it('that is lost after the answer was recorded leaves the answer as it is', async () => {
    const { ending, head } = await run([code(501)], async (invoke) => {
      await invoke();
      throw named('Sandbox.Timedout');
    });
    expect(ending).toMatchObject({ status: 'FAILED', error: 'EXECUTION_LOST' });
    expect(head).toMatchObject({ status: 'failed', error: { code: 'GENERATION_FAILED' } });
  });
});

describe('a day of waiting', () => {
  it('fits into the history of one execution, with room for a redrive', async () => {
    const invocations = invocationsTo(table, [processing], { random: () => 0 });
    const input = { detect_task_id: newId(), deadline_seconds: 86_400 };
    const { answer, invocations: count } = await invocations.run('1', input);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(count).toBeGreaterThan(1_000);
    // An invocation is nine events of 25,000: five of Poll, two each of the choice and the wait.
    expect(count * 9).toBeLessThan(20_000);
  });
});
