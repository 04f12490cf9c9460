/**
 * The deployed service in virtual time and without a socket: a definition in the interpreter, the real invocation, the
 * real records on a database protocol in memory, the provider as a function. Whatever is seen of it from outside goes
 * to one observer in one order, and the same seed gives the same again.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';

import { fixedKey } from '../../functions/api-key/reader.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { assemblePoll, type PollClients } from '../../functions/poll/assemble.ts';
import { functionSeconds, type Policy, policyOf } from '../../functions/poll/policy.ts';
import type { InvocationResult } from '../../functions/poll/state.ts';
import { createRecords } from '../../functions/records/records.ts';
import { committedDefinition } from '../../local/definition.ts';
import { tableName } from '../../local/table.ts';
import type { InProcessOptions } from '../../local/testing/in-process.ts';
import { meterCapacity } from './capacity.ts';
import { createProvider, type ProviderOptions } from './provider.ts';
import { seededRandom } from './random.ts';
import { createStepFunctions, type Execution } from './step-functions.ts';
import { openTable } from './table.ts';
import { createVirtualClock } from './virtual-clock.ts';

export type Observed =
  | { what: 'state'; execution: string; state: string }
  /** `overheadMs` passed before the handler began. */
  | { what: 'invocation'; execution: string; ms: number; overheadMs: number; next: string }
  | { what: 'call' | 'read' | 'write'; detectTaskId: string }
  | { what: 'event'; event: DetectionEvent }
  /** After an invocation began or ended. */
  | { what: 'concurrency'; inUse: number }
  /** An invocation beyond the account's concurrency. */
  | { what: 'throttle'; execution: string }
  | { what: 'end'; execution: Execution };

export interface VirtualWorldOptions {
  seed?: number;
  type?: WorkflowType;
  policy?: Policy;
  definition?: StateMachineDefinition;
  provider?: ProviderOptions;
  database?: InProcessOptions;
  /** Instead of the database in memory; nothing it does is observed. */
  client?: DynamoDBClient | undefined;
  /** Calls a second; without it there is no limit. */
  rate?: number;
  /** Each has a memory of its own. */
  sandboxes?: number;
  /** The account's limit of invocations at the same moment. */
  concurrency?: number;
  /** Before the handler of an invocation begins, by whether it is its task's first. */
  overheadMs?: (isFirst: boolean) => number;
  /** Instead of counting lines. */
  telemetry?: PollClients['telemetry'];
  observe?: (observed: Observed, atMs: number) => unknown;
}

const defaults = { deadlineSeconds: 3_600, retentionSeconds: 30 * 86_400, shards: 1 };

export async function createVirtualWorld(options: VirtualWorldOptions = {}) {
  const { seed = 1, type = 'STANDARD', policy = policyOf(type), concurrency = Infinity } = options;
  const clock = createVirtualClock();
  const random = seededRandom(seed);
  const observe = (observed: Observed): void => void options.observe?.(observed, clock.now());
  const provider = createProvider(clock, options.provider);

  const table = await openTable(options.database);
  table.client.middlewareStack.add(
    (next, context) => (args) => {
      const { Key, Item } = args.input as Record<
        'Key' | 'Item',
        { detect_task_id: { S: string } } | undefined
      >;
      const detectTaskId = (Key ?? Item)?.detect_task_id.S;
      if (detectTaskId !== undefined)
        observe({ what: context['commandName'] === 'GetItemCommand' ? 'read' : 'write', detectTaskId });
      return clock.hold(next(args));
    },
    { step: 'initialize', name: 'holdTime', priority: 'high' },
  );
  const keyWrites = new Map<string, number>();
  const capacity = meterCapacity(table.client, keyWrites);

  const client = options.client ?? table.client;
  const records = createRecords({ client, tableName, defaults, now: clock.now });
  /** What CloudWatch takes in: lines with their bytes, and documents of metrics. */
  const logged = { lines: 0, bytes: 0, documents: 0 };
  /** The breakdowns that an invocation measured: each goes into a document. */
  const measured = new AsyncLocalStorage<Set<string>>();
  const assemble = () =>
    assemblePoll(
      {
        TABLE_NAME: tableName,
        CRUN_BASE_URL: 'https://api.crun.ai',
        RATE_LIMIT: options.rate ?? 0,
        WORKFLOW_TYPE: type,
      },
      {
        records,
        dynamodb: client,
        put: async (event) => observe({ what: 'event', event }),
        crun: {
          getResult(detectTaskId, ...rest) {
            observe({ what: 'call', detectTaskId });
            return provider.getResult(detectTaskId, ...rest);
          },
        },
        apiKey: fixedKey('a-key'),
        clock,
        random,
        telemetry: options.telemetry ?? {
          log(level, _message, fields) {
            if (level === 'debug') return;
            logged.lines += 1;
            logged.bytes += JSON.stringify(fields).length;
          },
          measure(...[name, , of]) {
            measured.getStore()?.add(of === undefined ? '' : `${name}#${of}`);
            if (name === 'rateUnreachable') throw new Error('the rate limit could not be reached');
          },
        },
      },
      policy,
    );
  const sandboxes = Array.from({ length: options.sandboxes ?? 1 }, assemble);
  /** Tasks are dealt out among the sandboxes in the order in which they come. */
  const numbers = new Map<string, number>();
  async function invoke(event: unknown, endsAtMs: number): Promise<InvocationResult> {
    const id = taskOf(event);
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    const sandbox = sandboxes[number % sandboxes.length];
    if (sandbox === undefined) throw new Error('there is no sandbox');
    const breakdowns = new Set<string>();
    const answer = await measured.run(breakdowns, () => sandbox(event, endsAtMs));
    logged.documents += breakdowns.size;
    return answer;
  }

  let inUse = 0;
  const workflow = createStepFunctions({
    type,
    definition: options.definition ?? committedDefinition(type),
    clock,
    random,
    dynamodb: client,
    tableName,
    async invoke(payload, { name }) {
      if (inUse >= concurrency) {
        observe({ what: 'throttle', execution: name });
        throw Object.assign(new Error('Rate Exceeded.'), { name: 'Lambda.TooManyRequestsException' });
      }
      observe({ what: 'concurrency', inUse: (inUse += 1) });
      try {
        const overheadMs = options.overheadMs?.(!numbers.has(taskOf(payload))) ?? 0;
        if (overheadMs > 0) await clock.sleep(overheadMs);
        const startedMs = clock.now();
        const answer = await invoke(payload, startedMs + functionSeconds * 1_000);
        const ms = clock.now() - startedMs;
        observe({ what: 'invocation', execution: name, ms, overheadMs, next: answer.next });
        return answer;
      } finally {
        observe({ what: 'concurrency', inUse: (inUse -= 1) });
      }
    },
    onState: ({ name }, state) => observe({ what: 'state', execution: name, state }),
    onEnd: (execution) => observe({ what: 'end', execution }),
  });

  return {
    clock,
    random,
    provider,
    table,
    records,
    invoke,
    workflow,
    capacity,
    /** Writes of each partition key of the indexes. */
    keyWrites,
    logged,
    close: () => table.close(),
  };
}

const taskOf = (event: unknown): string =>
  (event as { state: { detect_task_id: string } }).state.detect_task_id;
