/** A deployed stack as CloudFormation describes it: its status, and the outputs that name its parts. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

import type { KeyLocation } from '../functions/api-key/reader.ts';
import { sdkTransport } from '../functions/environment.ts';
import type { OutputName } from '../functions/outputs.ts';
import { UserError } from './user-error.ts';

/** As in the AWS CLI. */
export interface Connection {
  /**
   * The region of the stack.
   *
   * @default - as the AWS SDK finds it: `AWS_REGION`, or the profile's
   * @example 'us-east-1'
   */
  region?: string;
  /**
   * The profile of the shared AWS configuration that has the credentials.
   *
   * @default - as the AWS SDK finds it: `AWS_PROFILE`, or credentials of the environment
   * @example 'production'
   */
  profile?: string;
}

export interface StackOptions extends Connection {
  /**
   * Of the poller's outputs. Needed only where the stack has several pollers.
   *
   * @default - that of the only poller
   * @example 'Videos'
   */
  prefix?: string;
}

export interface DescribedStack {
  status: string;
  /** Of one poller, without their prefix. */
  outputs: Record<string, string | undefined>;
}

/** For every client of AWS, over a connection that is slower than a function's. */
export const awsConfig = ({ region, profile }: Connection) => ({
  ...(region !== undefined && { region }),
  ...(profile !== undefined && { profile }),
  requestHandler: { ...sdkTransport, connectionTimeout: 5_000, requestTimeout: 15_000 },
});

export async function describeStack(stackName: string, options: StackOptions): Promise<DescribedStack> {
  const client = new CloudFormationClient(awsConfig(options));
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const [stack] = Stacks ?? [];
    const outputs = Object.fromEntries<string | undefined>(
      (stack?.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue]),
    );
    return { status: stack?.StackStatus ?? 'unknown', outputs: ofOnePoller(outputs, stackName, options) };
  } finally {
    client.destroy();
  }
}

/** Outputs of other things pass: what makes a poller are two names that belong together. */
function ofOnePoller(
  outputs: DescribedStack['outputs'],
  stackName: string,
  { prefix }: StackOptions,
): DescribedStack['outputs'] {
  const known = Object.keys(outputs)
    .filter((key) => key.endsWith('StateMachineArn' satisfies OutputName))
    .map((key) => key.slice(0, -'StateMachineArn'.length))
    .filter((each) => `${each}${'WorkflowType' satisfies OutputName}` in outputs);
  if (prefix === undefined && known.length > 1 && !known.includes(''))
    throw new UserError(
      'invalid-input',
      `FACE_POLLER_PREFIX: must say which poller of the stack ${stackName} is meant: ${known.join(' or ')}`,
    );
  if (prefix !== undefined && !known.includes(prefix))
    throw new UserError(
      'invalid-input',
      `FACE_POLLER_PREFIX: the stack ${stackName} has no poller ${prefix || 'without a prefix'}; it has ${known.join(' and ') || 'none'}`,
    );
  const chosen = prefix ?? (known.includes('') ? '' : (known[0] ?? ''));
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([key]) => key.startsWith(chosen))
      .map(([key, value]) => [key.slice(chosen.length), value]),
  );
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
