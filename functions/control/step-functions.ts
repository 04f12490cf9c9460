import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';

import type { WorkflowType } from '../detection/types.ts';
import type { ExecutionStatus, Workflow } from './workflow.ts';

/** With any other status, such as RUNNING or PENDING_REDRIVE, an execution may still go on. */
const statuses: Record<string, ExecutionStatus> = {
  ABORTED: 'aborted',
  FAILED: 'ended',
  SUCCEEDED: 'ended',
  TIMED_OUT: 'ended',
};

export interface StepFunctionsDeps {
  client: SFNClient;
  stateMachineArn: string;
  type: WorkflowType;
}

/** The deployed workflow. */
export const stepFunctions = (deps: StepFunctionsDeps): Workflow =>
  deps.type === 'EXPRESS' ? express(deps) : standard(deps);

/**
 * Each start of a name is another Express execution, which can be neither described nor stopped: only the record decides
 * which one polls. Its ARN goes on behind the name, and is complete only once it runs.
 */
function express({ client, stateMachineArn }: StepFunctionsDeps): Workflow {
  return {
    executionArn: (name) => `${stateMachineArn.replace(':stateMachine:', ':express:')}:${name}`,
    async start(name, detectTaskId) {
      const input = JSON.stringify({ detect_task_id: detectTaskId });
      await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
      return 'running';
    },
    stop: async () => {},
    status: async () => 'unknown',
  };
}

function standard({ client, stateMachineArn }: StepFunctionsDeps): Workflow {
  const executionArn = (name: string): string =>
    `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

  /** A state machine is replaced under a new ARN, and nothing about its executions may be asked from then on. */
  const isOurs = (arn: string): boolean => arn.startsWith(executionArn(''));

  return {
    executionArn,
    async start(name, detectTaskId) {
      // The input holds nothing that could vary: the same name and input is the same execution.
      const input = JSON.stringify({ detect_task_id: detectTaskId });
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
        return 'running';
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
        // Closed, or started under this name with other input.
        const { status } = await client.send(
          new DescribeExecutionCommand({ executionArn: executionArn(name) }),
        );
        return status === 'RUNNING' ? 'running' : 'closed';
      }
    },
    async stop(arn) {
      if (!isOurs(arn)) return;
      try {
        await client.send(new StopExecutionCommand({ executionArn: arn, error: 'CANCELLED' }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
      }
    },
    async status(arn) {
      if (!isOurs(arn)) return 'unknown';
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
