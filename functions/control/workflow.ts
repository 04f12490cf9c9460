import type { DetectTaskId } from '../detection/input.ts';

/** `aborted`: it was stopped. `ended`: in any other way. `unknown`: there is no such execution. */
export type ExecutionStatus = 'running' | 'aborted' | 'ended' | 'unknown';

/** What starts and stops executions: Step Functions, or the local stack. */
export interface Workflow {
  /** The ARN that an execution of this name has or will have. */
  executionArn(executionName: string): string;
  /**
   * Starts an execution, or finds it running: the same name and task never run twice at a time.
   * `closed`: the name is used up.
   */
  start(executionName: string, detectTaskId: DetectTaskId): Promise<'running' | 'closed'>;
  /** Stops an execution that still runs. */
  stop(executionArn: string): Promise<void>;
  status(executionArn: string): Promise<ExecutionStatus>;
  /** Whether an execution is known to be gone before its lease expires; absent where that cannot be known. */
  isLost?(executionArn: string): Promise<boolean>;
  /** Resolves when the task's execution ends; nothing where this process does not run it. */
  ended?(detectTaskId: string): Promise<void> | undefined;
}

/** Letters, digits, `-` and `_` only, as CloudWatch requires; at most 80 with a task id of 64. */
export const executionName = (attempt: number, detectTaskId: string): string => `${attempt}-${detectTaskId}`;
