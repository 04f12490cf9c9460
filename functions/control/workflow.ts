import type { DetectTaskId } from '../detection/input.ts';

/**
 * What became of an execution: it runs, somebody stopped it, it ended by itself in whatever way, or there is none of
 * that name.
 */
export type ExecutionStatus = 'running' | 'aborted' | 'ended' | 'unknown';

/** The engine that runs executions, as far as starting and stopping them goes: Step Functions, or a local one. */
export interface Workflow {
  /** The ARN that an execution of this name has or will have. */
  executionArn(executionName: string): string;
  /**
   * Starts an execution, or finds it running: the same name and task never run twice at a time.
   * `closed` means that the name is used up.
   */
  start(executionName: string, detectTaskId: DetectTaskId): Promise<'running' | 'closed'>;
  /** Stops an execution where it still runs. */
  stop(executionArn: string): Promise<void>;
  status(executionArn: string): Promise<ExecutionStatus>;
  /** Whether an execution is known to run no more, before its record is overdue; left out where nobody can tell. */
  isLost?(executionArn: string): Promise<boolean>;
  /** Resolves when the task's execution ends, where this process runs it; nothing where it does not. */
  ended?(detectTaskId: string): Promise<void> | undefined;
}

/** Letters, digits, `-` and `_` only, as CloudWatch asks; at most 80 with a task id of 64. */
export const executionName = (attempt: number, detectTaskId: string): string => `${attempt}-${detectTaskId}`;
