/** The records of a test table, what they hold, and a clock that moves only when a test moves it. */
import { type AbandonmentCode, detectionError } from '../../functions/detection/error-codes.ts';
import { DetectTaskId, type StartInput } from '../../functions/detection/input.ts';
import type { Face } from '../../functions/detection/types.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { createPublish } from '../../functions/notify/publish.ts';
import type { Answer } from '../../functions/records/complete.ts';
import {
  newHead,
  type LeaseHolder,
  type RecordDefaults,
  type RecordsDeps,
  type Accounting,
} from '../../functions/records/head.ts';
import type { Head } from '../../functions/records/item.ts';
import { createRecords } from '../../functions/records/records.ts';
import { tableName } from '../../local/table.ts';
import type { TestTable } from './table.ts';

export interface TestClock {
  now(): number;
  sleep(ms: number): Promise<void>;
  pass(ms: number): void;
}

export const noonMs = Date.UTC(2026, 10, 22, 12);

export function testClock(nowMs = noonMs): TestClock {
  const pass = (ms: number): void => void (nowMs += ms);
  return { now: () => nowMs, pass, sleep: async (ms) => pass(ms) };
}

export const testDefaults: RecordDefaults = {
  deadlineSeconds: 3_600,
  retentionSeconds: 30 * 86_400,
  shards: 1,
};

export const ownerNamed = (name: string, attempt = 1): LeaseHolder => ({
  attempt,
  execution_name: name,
  execution_arn: `arn:aws:states:us-east-1:123456789012:execution:poller:${name}`,
});

export const none: Accounting = {
  polls: 0,
  invocations: 0,
  transitions: 0,
  lambda_ms: 0,
  executions: 0,
  workflow_ms: 0,
  memory_mb: 256,
};
export const some: Accounting = {
  polls: 3,
  invocations: 2,
  transitions: 6,
  lambda_ms: 1_234,
  executions: 1,
  workflow_ms: 2_345,
  memory_mb: 256,
};

/** As many faces, each under a link of so many bytes. */
export const facesOf = (count: number, linkBytes = 40): Face[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    link: `https://cdn.example/${id}?`.padEnd(linkBytes, 'x'),
  }));

export const answerOf = (faces: Face[], detectId = 'm1oZzqYp9dN'): Answer => ({
  kind: 'succeeded',
  detectId,
  faces,
  startedAt: '2026-05-27 12:14:03',
  finishedAt: 1_795_348_800_000,
});

/** A task id as any edge parses it. */
export const taskId = (text: string): DetectTaskId => DetectTaskId.parse(text);

let ids = 0;
/** An id that no other test uses. */
export const newId = (): DetectTaskId => taskId(`task-${(ids += 1)}`);

/** Of a task that was forgotten in its first attempt. */
export const tombstoneAt = (nowMs: number) => ({
  attempt: 1,
  forgotten_at: new Date(nowMs).toISOString(),
  expires_at: nowMs / 1_000 + testDefaults.retentionSeconds,
});

/**
 * What is stored of a task but for what its tombstone names until a sweep: references of deleted pages, and when an
 * invocation can write them no more.
 */
export function withoutRefs(stored: Map<string, Record<string, unknown>>): typeof stored {
  const transient = new Set(['orphan_refs', 'due_at', 'due_shard']);
  return new Map(
    [...stored].map(([name, item]) => [
      name,
      Object.fromEntries(Object.entries(item).filter(([attribute]) => !transient.has(attribute))),
    ]),
  );
}

/** A write that must not conflict. */
export async function written(write: Promise<Head | 'conflict'>): Promise<Head> {
  const head = await write;
  if (head === 'conflict') throw new Error('conflict');
  return head;
}

/** So many concurrent writes, of which one must hold: what it wrote. */
export async function wonBy(
  count: number,
  write: (rival: number) => Promise<Head | 'conflict'>,
): Promise<Head> {
  const writes = await Promise.all(Array.from({ length: count }, (_, rival) => write(rival)));
  const won = writes.filter((head) => head !== 'conflict');
  if (won.length !== 1) throw new Error(`${won.length} of ${count} writes held`);
  return won[0] as Head;
}

/** All that a start may say. */
export const everything = {
  media_url: 'https://media.example/a.jpg',
  callback_url: 'https://hook.example/',
  submitted_at: '2026-11-22T11:59:00.000Z',
  deadline_seconds: 90,
  metadata: { a: 1, b: { c: [1, 2] } },
};

type Input = Partial<StartInput>;

/** The records of a table by one clock, and short ways to make some. */
export function recordsOf(
  table: Pick<TestTable, 'client'> & Partial<Pick<TestTable, 'reset'>>,
  clock: Pick<TestClock, 'now'>,
  defaults = testDefaults,
  deletePictures?: RecordsDeps['deletePictures'],
) {
  const records = createRecords({
    client: table.client,
    tableName,
    defaults,
    now: () => clock.now(),
    deletePictures,
  });
  const events: DetectionEvent[] = [];
  /** A new record, held by its first execution; the calls for it are not counted. */
  async function begun(input: Input = {}, holder?: LeaseHolder): Promise<Head> {
    const detect_task_id = input.detect_task_id === undefined ? newId() : taskId(input.detect_task_id);
    const first = holder ?? ownerNamed(`1-${detect_task_id}`);
    const fresh = newHead({ ...input, detect_task_id }, first, defaults, clock.now());
    const head = await written(records.create(fresh, { mayReplaceTombstone: true }));
    table.reset?.();
    return head;
  }
  return {
    records,
    begun,
    completed: async (input: Input = {}, faces: Face[] = facesOf(2)): Promise<Head> =>
      written(records.complete(await begun(input), answerOf(faces), some)),
    abandoned: async (input: Input = {}, code: AbandonmentCode = 'CANCELLED'): Promise<Head> =>
      written(records.abandon(await begun(input), detectionError(code), none)),
    publish: createPublish({ put: async (event) => void events.push(event), records }),
    /** What the event bus took. */
    events,
    /** The record as it is stored, which must exist. */
    headOf: async (detectTaskId: string): Promise<Head> => {
      const current = await records.read(taskId(detectTaskId));
      if (current.kind !== 'head') throw new Error(`${detectTaskId}: is ${current.kind}`);
      return current.head;
    },
  };
}
