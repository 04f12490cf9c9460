/**
 * What callers ask for: start, retry, cancel. Each writes the record first and touches the workflow second, so that
 * a crash in between is healed by asking again.
 */
import { callbackFault } from '../detection/callback-rule.ts';
import { detectionError } from '../detection/error-codes.ts';
import { ExecutionInput, firstFault } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import { conflictingField, conflictSentence, newHead, type LeaseHolder } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { executionName, type Workflow } from './workflow.ts';

/** A request that cannot be carried out as it stands: the message names the field and the rule. */
export class RejectedRequestError extends Error {
  override readonly name = 'RejectedRequestError';
  readonly kind: 'invalid' | 'conflict';
  /** What the record says otherwise, for programs. */
  readonly field: string | undefined;

  constructor(kind: 'invalid' | 'conflict', message: string, field?: string) {
    super(message);
    this.kind = kind;
    this.field = field;
  }
}

/** The record of a task, and whether this request has begun it. */
export interface Started {
  head: Head;
  isNew: boolean;
}

export interface StartDeps {
  records: Records;
  workflow: Workflow;
  now: () => number;
}

/** Far more than rivals can win in a row by honest means. */
const maxTries = 20;

export type Start = ReturnType<typeof createStart>;

export function createStart(deps: StartDeps) {
  const { records, workflow, now } = deps;
  const { callbacks = {} } = records.defaults;

  const ownerOf = (attempt: number, detectTaskId: string): LeaseHolder => {
    const name = executionName(attempt, detectTaskId);
    return { attempt, execution_name: name, execution_arn: workflow.executionArn(name) };
  };

  /** The execution of an open record is always asked for: it may never have begun. A used-up name gives way to the next. */
  async function ensureRunning(head: Head): Promise<Head | 'conflict'> {
    const state = await workflow.start(head.execution_name, head.detect_task_id);
    if (state === 'running') return head;
    const current = await recordOf(head.detect_task_id);
    if (current === undefined) return 'conflict';
    if (isFinal(current.status) || current.execution_name !== head.execution_name) return current;
    const next = await records.reopen(current, ownerOf(current.attempt + 1, head.detect_task_id), 'kept');
    return next === 'conflict' ? 'conflict' : ensureRunning(next);
  }

  async function recordOf(detectTaskId: string): Promise<Head | undefined> {
    const current = await records.read(detectTaskId);
    return current.kind === 'head' ? current.head : undefined;
  }

  return {
    ensureRunning,

    /** The record of this task, new or known; polling is under way unless it is final. */
    async start(request: unknown): Promise<Started> {
      const parsed = ExecutionInput.safeParse(request);
      if (!parsed.success) throw new RejectedRequestError('invalid', firstFault(parsed.error, 'input'));
      const input = parsed.data;
      const { detect_task_id, callback_url } = input;
      const fault = callback_url === undefined ? undefined : callbackFault(callback_url, callbacks);
      if (fault !== undefined) {
        throw new RejectedRequestError('invalid', `callback_url: ${fault}`, 'callback_url');
      }
      let isNew = false;
      return untilDecided(async () => {
        const current = await records.read(detect_task_id);
        if (current.kind === 'head') {
          const conflict = conflictingField(current.head, input);
          if (conflict !== undefined) {
            throw new RejectedRequestError('conflict', conflictSentence(conflict), conflict);
          }
          const known = isFinal(current.head.status) ? current.head : await ensureRunning(current.head);
          return known === 'conflict' ? 'conflict' : { head: known, isNew };
        }
        // A name once used for this id may be closed in the workflow's memory: its number is not used again.
        const attempt = current.kind === 'forgotten' ? current.tombstone.attempt + 1 : 1;
        const fresh = newHead(input, ownerOf(attempt, detect_task_id), records.defaults, now());
        const created = await records.create(fresh, { mayReplaceTombstone: true });
        if (created === 'conflict') return 'conflict';
        isNew = true;
        const begun = await ensureRunning(created);
        return begun === 'conflict' ? 'conflict' : { head: begun, isNew };
      });
    },

    /** Takes an abandoned task up again; `undefined` where there is no record. */
    retry(detectTaskId: string): Promise<Head | undefined> {
      return untilDecided(async () => {
        const head = await recordOf(detectTaskId);
        if (head === undefined) return undefined;
        if (!isFinal(head.status)) return ensureRunning(head);
        if (head.status !== 'abandoned') {
          throw new RejectedRequestError(
            'conflict',
            `status: ${detectTaskId} is ${head.status}; only an abandoned detection can be retried`,
            'status',
          );
        }
        const reopened = await records.reopen(head, ownerOf(head.attempt + 1, detectTaskId), 'new');
        return reopened === 'conflict' ? 'conflict' : ensureRunning(reopened);
      });
    },

    /** Gives a task up; a final record stays as it is. `undefined` where there is no record. */
    async cancel(detectTaskId: string): Promise<Head | undefined> {
      const cancelled = await records.cancel(detectTaskId, detectionError('CANCELLED'));
      const head = cancelled === 'conflict' ? await recordOf(detectTaskId) : cancelled;
      // Also where it was cancelled before: the one who did may not have lived to stop the execution.
      if (head?.error?.code === 'CANCELLED') await workflow.stop(head.execution_arn);
      return head;
    },
  };
}

/** `'lost'` from a step means: somebody wrote in between, look again. */
async function untilDecided<T>(step: () => Promise<T | 'conflict'>): Promise<T> {
  for (let tries = 0; tries < maxTries; tries++) {
    const decided = await step();
    if (decided !== 'conflict') return decided;
  }
  throw new Error('lost too many races for one record; try again');
}
