/** Starts a task: writes the record first and starts the execution second, so that asking again heals a crash in between. */
import { type ExecutionInput, faultNow } from '../detection/input.ts';
import { isFinal } from '../detection/types.ts';
import { conflictingField, conflictSentence } from '../records/conflicting-field.ts';
import { type LeaseHolder, newHead } from '../records/head.ts';
import type { Head } from '../records/item.ts';
import type { Records } from '../records/records.ts';
import { RejectedRequestError } from './rejected-request.ts';
import { executionName, type Workflow } from './workflow.ts';

export interface ServiceDeps {
  records: Pick<Records, 'defaults' | 'read' | 'create' | 'reopen' | 'cancel' | 'redeliver' | 'forget'>;
  workflow: Workflow;
  now: () => number;
}

/** The record of a task, and whether this request created it. */
export interface Started {
  head: Head;
  isNew: boolean;
}

/** Far more conflicts in a row than concurrent callers can cause. */
const maxTries = 20;

/** Repeats a step that lost to another writer: `'conflict'` means that the record has to be read again. */
export async function untilDecided<T>(step: () => Promise<T | 'conflict'>): Promise<T> {
  for (let tries = 0; tries < maxTries; tries++) {
    const decided = await step();
    if (decided !== 'conflict') return decided;
  }
  throw new Error('too many concurrent writes to one record; try again');
}

export const holderOf = (workflow: Workflow, attempt: number, detectTaskId: string): LeaseHolder => {
  const name = executionName(attempt, detectTaskId);
  return { attempt, execution_name: name, execution_arn: workflow.executionArn(name) };
};

export async function start(
  { records, workflow, now }: ServiceDeps,
  input: ExecutionInput,
): Promise<Started> {
  const { detect_task_id } = input;
  const fault = faultNow(input, { callbacks: records.defaults.callbacks, nowMs: now() });
  if (fault !== undefined)
    throw new RejectedRequestError('invalid', `${fault.field}: ${fault.rule}`, fault.field);

  let isNew = false;
  async function started(head: Head): Promise<Started | 'conflict'> {
    const running = isFinal(head.status) ? head : await ensureRunning({ records, workflow }, head);
    return running === 'conflict' ? 'conflict' : { head: running, isNew };
  }

  return untilDecided(async () => {
    const current = await records.read(detect_task_id);
    if (current.kind === 'head') {
      const field = conflictingField(current.head, input);
      if (field !== undefined) throw new RejectedRequestError('conflict', conflictSentence(field), field);
      return started(current.head);
    }
    // The workflow may remember a name once used for this id as closed: its number is not used again.
    const attempt = current.kind === 'forgotten' ? current.tombstone.attempt + 1 : 1;
    const holder = holderOf(workflow, attempt, detect_task_id);
    const fresh = newHead(input, holder, records.defaults, now());
    const created = await records.create(fresh, { mayReplaceTombstone: true });
    if (created === 'conflict') return 'conflict';
    isNew = true;
    return started(created);
  });
}

/**
 * Starts the execution of an open record, which may never have begun; where its name is used up, a next attempt under
 * the next name.
 */
export async function ensureRunning(
  deps: Pick<ServiceDeps, 'records' | 'workflow'>,
  head: Head,
): Promise<Head | 'conflict'> {
  const { records, workflow } = deps;
  const { detect_task_id, execution_name } = head;
  if ((await workflow.start(execution_name, detect_task_id)) === 'running') return head;
  const current = await records.read(detect_task_id);
  if (current.kind !== 'head') return 'conflict';
  const { status, attempt } = current.head;
  if (isFinal(status) || current.head.execution_name !== execution_name) return current.head;
  const holder = holderOf(workflow, attempt + 1, detect_task_id);
  const next = await records.reopen(current.head, holder, 'kept');
  return next === 'conflict' ? 'conflict' : ensureRunning(deps, next);
}
