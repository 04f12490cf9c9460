import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';

import type { ExecutionStatus, Workflow } from './workflow.ts';

/** Every other word, such as RUNNING or PENDING_REDRIVE, is of an execution that may still go on. */
const statuses: Record<string, ExecutionStatus> = {
  ABORTED: 'aborted',
  FAILED: 'ended',
  SUCCEEDED: 'ended',
  TIMED_OUT: 'ended',
};

/** The deployed workflow. */
export function stepFunctions(deps: { client: SFNClient; stateMachineArn: string }): Workflow {
  const { client, stateMachineArn } = deps;
  const executionArn = (name: string): string =>
    `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

  return {
    executionArn,
    async start(name, detectTaskId) {
      // Nothing that could vary goes into the input: the same name and input is the same execution.
      const input = JSON.stringify({ detect_task_id: detectTaskId });
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
        return 'running';
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
        // Closed, or started under this name by somebody else with other input.
        const { status } = await client.send(
          new DescribeExecutionCommand({ executionArn: executionArn(name) }),
        );
        return status === 'RUNNING' ? 'running' : 'closed';
      }
    },
    async stop(arn) {
      try {
        await client.send(new StopExecutionCommand({ executionArn: arn, error: 'CANCELLED' }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
      }
    },
    async status(arn) {
      try {
        const { status = '' } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
        return statuses[status] ?? 'running';
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return 'unknown';
        throw error;
      }
    },
  };
}
