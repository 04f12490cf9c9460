/** Executions as a user starts and follows them, by the AWS SDK. */
import { setTimeout as sleep } from 'node:timers/promises';

import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

export function createExecutions(sfn: SFNClient) {
  const describe = async (executionArn: string): Promise<DescribeExecutionCommandOutput> =>
    sfn.send(new DescribeExecutionCommand({ executionArn }));

  return {
    describe,
    async start(stateMachineArn: string | undefined, input: unknown, name?: string): Promise<string> {
      const named = name === undefined ? {} : { name };
      const started = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...named }),
      );
      return started.executionArn ?? '';
    },
    /** Until it has ended, however it did. */
    async ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
      for (;;) {
        const described = await describe(executionArn);
        if (described.status !== 'RUNNING') return described;
        await sleep(250);
      }
    },
  };
}
