/** Invocations over real records: a provider that replies as a test wants, and a clock that sleeping moves. */
import type { ApiKeyReader } from '../../functions/api-key/reader.ts';
import type { Exchange } from '../../functions/crun/client.ts';
import type { ExecutionInput } from '../../functions/detection/input.ts';
import type { Face } from '../../functions/detection/types.ts';
import { bestEffort } from '../../functions/notify/publish.ts';
import { createPoll } from '../../functions/poll/invocation.ts';
import { type Policy, policyOf } from '../../functions/poll/policy.ts';
import type { InvocationResult } from '../../functions/poll/state.ts';
import type { RateLimiter } from '../../functions/rate-limit/limiter.ts';
import type { Measurement } from '../../functions/telemetry/metrics.ts';
import { ownerNamed, recordsOf, type TestClock, testClock, testDefaults } from './records.ts';
import { ProcessDied, type TestTable } from './table.ts';

/** One call as the provider sees it. */
interface Asked {
  detectTaskId: string;
  key: string;
  timeoutMs: number;
  atMs: number;
}
export type Reply = (asked: Asked) => Exchange | Promise<Exchange>;

export const body = (value: unknown, httpStatus = 200, retryAfter?: string): Exchange => ({
  kind: 'answered',
  httpStatus,
  retryAfter,
  body: JSON.stringify(value),
});
export const task =
  (status: string, rest: object = {}): Reply =>
  ({ detectTaskId }) =>
    body({ code: 200, message: 'success', data: { detect_task_id: detectTaskId, status, ...rest } });

export const starting = task('starting');
export const processing = task('processing');
export const unknown = task('queued');
export const succeeded = (faces: Face[], id = 'm1oZzqYp9dN'): Reply =>
  task('succeeded', { result: { id, faces, started_at: '2026-05-27 12:14:03', finished_at: null } });
export const failed = (error: unknown = null): Reply => task('failed', { error });
export const code = (number: number, message = 'their words', retryAfter?: string): Reply => {
  return () => body({ code: number, message }, 200, retryAfter);
};
export const down: Reply = () => ({ kind: 'no-answer', fault: 'connection-refused' });
export const violating: Reply = () => body({ code: 200, data: 5 });
export const times = (count: number, reply: Reply): Reply[] => Array.from({ length: count }, () => reply);
/** A reply that takes `ms`, or the call's time-out. */
export const after =
  (clock: TestClock, ms: number, reply: Reply): Reply =>
  (asked) => {
    clock.pass(Math.min(ms, asked.timeoutMs));
    return ms < asked.timeoutMs ? reply(asked) : { kind: 'no-answer', fault: 'timeout' };
  };

/** Short enough for a story to have several. */
const shortInvocations = policyOf('STANDARD', { firstSeconds: 5, laterSeconds: 5 });

export interface InvocationsOptions {
  policy?: Policy;
  clock?: TestClock;
  apiKey?: ApiKeyReader;
  random?: () => number;
  isLost?: (executionArn: string) => Promise<boolean>;
  limiter?: RateLimiter;
}

export function invocationsTo(table: TestTable, replies: readonly Reply[], options: InvocationsOptions = {}) {
  const { clock = testClock() } = options;
  const asked: Asked[] = [];
  const lines: Record<string, unknown>[] = [];
  const measured: Measurement[] = [];
  const records = recordsOf(table, clock, testDefaults);
  const invoke = createPoll({
    records: records.records,
    publish: bestEffort(records.publish, (line) => lines.push(line)),
    crun: {
      async getResult(detectTaskId, key, timeoutMs) {
        asked.push({ detectTaskId, key, timeoutMs, atMs: clock.now() });
        // The last reply repeats.
        const reply = replies[Math.min(asked.length, replies.length) - 1] ?? starting;
        return reply(asked.at(-1) as Asked);
      },
    },
    apiKey: options.apiKey ?? { read: async () => 'a key', readAfresh: async () => 'a fresh key' },
    clock,
    random: options.random ?? (() => 0.5),
    policy: options.policy ?? shortInvocations,
    isLost: options.isLost,
    limiter: options.limiter,
    log: (line) => lines.push(line),
    measure: (...value) => measured.push(value),
  });

  const invocationAs = (name: string, state: unknown, endsAtMs = Infinity): Promise<InvocationResult> => {
    const { execution_name, execution_arn } = ownerNamed(name);
    return invoke({ state, execution_name, execution_arn }, endsAtMs);
  };

  return {
    ...records,
    clock,
    /** Every call, every logged line and every measured value. */
    asked,
    lines,
    measured,
    invoke: invocationAs,
    /** An invocation with any event. */
    invokeRaw: invoke,
    /** A whole execution as the workflow runs it: an invocation that dies is repeated from the same state. */
    async run(name: string, input: ExecutionInput) {
      let state: unknown = input;
      let invocations = 0;
      let transitions = 1;
      for (;;) {
        let answer: InvocationResult;
        try {
          invocations += 1;
          answer = await invocationAs(name, state);
        } catch (error) {
          if (!(error instanceof ProcessDied)) throw error;
          continue;
        }
        // The choice, and either an end or Wait and Poll.
        transitions += answer.next === 'wait' ? 3 : 2;
        if (answer.next !== 'wait') return { answer, invocations, transitions };
        clock.pass(answer.wait_seconds * 1_000);
        state = answer;
      }
    },
  };
}
