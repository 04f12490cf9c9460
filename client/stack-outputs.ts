/** A deployed stack as CloudFormation describes it: its status, and the outputs that name its parts. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

import type { KeyLocation } from '../functions/api-key/reader.ts';
import { sdkTransport } from '../functions/environment.ts';
import { UserError } from './user-error.ts';

/** As in the AWS CLI. */
export interface Connection {
  region?: string;
  profile?: string;
}

export interface DescribedStack {
  status: string;
  outputs: Record<string, string | undefined>;
}

/** For every client of AWS, over a connection that is slower than a function's. */
export const awsConfig = (connection: Connection) => ({
  ...connection,
  requestHandler: { ...sdkTransport, connectionTimeout: 5_000, requestTimeout: 15_000 },
});

export async function describeStack(stackName: string, connection: Connection): Promise<DescribedStack> {
  const client = new CloudFormationClient(awsConfig(connection));
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const [stack] = Stacks ?? [];
    const outputs = Object.fromEntries<string | undefined>(
      (stack?.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue]),
    );
    return { status: stack?.StackStatus ?? 'unknown', outputs };
  } finally {
    client.destroy();
  }
}

export const withoutOutput = (stackName: string, output: string): UserError =>
  new UserError(
    'infrastructure',
    `FACE_POLLER_STACK: the stack ${stackName} has no usable output ${output}; is it a face detection poller?`,
  );

/** Where the stack keeps the provider's API key. */
export function keyLocationIn({ outputs }: DescribedStack, stackName: string): KeyLocation {
  const { ApiKeySecretArn: secretArn, ApiKeyParameterName: parameterName } = outputs;
  if (parameterName !== undefined) return { parameterName };
  if (secretArn !== undefined) return { secretArn };
  throw withoutOutput(stackName, 'ApiKeySecretArn or ApiKeyParameterName');
}
