/** The very stack, deployed to the emulator with the simulated provider behind it. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { inject } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import type { Head } from '../../functions/records/item.ts';
import { startSimulator } from '../../local/simulator/simulator.ts';
import { runProgram } from './commands.ts';
import { createExecutions } from './executions.ts';

/** Looks like nothing else, so that finding it anywhere is a leak. */
export const canaryKey = ['canary', 'key', 'd3p10y3d'].join('-');

/** Settings of the stack, as `-c name=value`; undefined takes one back. */
export type Settings = Record<string, string | number | undefined>;

export type Deployment = Awaited<ReturnType<typeof deploy>>;

/** `app`: a file that makes the stack in another way than the project's own; `prefix`: of its outputs. */
export async function deploy(stackName: string, settings: Settings = {}, app?: string, prefix = '') {
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const simulator = await startSimulator({ apiKey: canaryKey });
  const dynamodb = new DynamoDBClient();
  const sfn = new SFNClient();

  const cdk = async (verb: 'deploy' | 'destroy', more: Settings, flags: readonly string[]): Promise<void> => {
    const context = { stackName, baseUrl: simulator.baseUrl, removalPolicy: 'destroy', ...more };
    const given = Object.entries(context).flatMap(([name, value]) =>
      value === undefined ? [] : ['-c', `${name}=${value}`],
    );
    const output = ['--output', `${options.home}/${stackName}`];
    const from = app === undefined ? [] : ['--app', `node ${app}`];
    await runProgram(
      'cdk',
      [verb, stackName, ...flags, '--no-notices', ...from, ...output, ...given],
      options,
    );
  };
  const update = (more: Settings = {}): Promise<void> =>
    cdk('deploy', { ...settings, ...more }, ['--require-approval', 'never']);

  await update();
  const outputs = ofPrefix(prefix, await outputsOf(stackName, options));
  const opened = await openDeployedStack(stackName, { prefix });

  const executions = createExecutions(sfn);
  const deployment = {
    stackName,
    outputs,
    simulator,
    dynamodb,
    sfn,
    /** The project's own client of the stack, as the command line opens it. */
    client: opened.client,
    update,
    /** Of this stack as it is now, or of another. */
    outputsOf: (name = stackName) => outputsOf(name, options),
    async destroy(): Promise<void> {
      await cdk('destroy', settings, ['--force']);
    },
    async storeKey(key: string): Promise<void> {
      const secrets = new SecretsManagerClient();
      const SecretId = outputs['ApiKeySecretArn'];
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: key }));
      secrets.destroy();
    },
    /** With the id and nothing else, unless something else is given. */
    start: (input: unknown, name?: string) => executions.start(outputs['StateMachineArn'], input, name),
    describe: (executionArn: string) => executions.describe(executionArn),
    ended: (executionArn: string) => executions.ended(executionArn),
    /** The item as `GetItem` gives it: without the pages of its faces. */
    async item(detectTaskId: string): Promise<Partial<Head> | undefined> {
      const { Item } = await dynamodb.send(
        new GetItemCommand({
          TableName: outputs['TableName'],
          Key: { detect_task_id: { S: detectTaskId } },
          ConsistentRead: true,
        }),
      );
      return Item && (unmarshall(Item) as Partial<Head>);
    },
    /** Destroys the stack, and closes this side: for `beforeAll` to return. */
    end: async (): Promise<void> => {
      await deployment.destroy();
      await deployment.close();
    },
    /** Of this side only; the stack stays. */
    async close(): Promise<void> {
      await opened.close();
      dynamodb.destroy();
      sfn.destroy();
      await simulator.close();
    },
  };
  await deployment.storeKey(canaryKey);
  return deployment;
}

const ofPrefix = (prefix: string, outputs: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );

async function outputsOf(
  stackName: string,
  options: Parameters<typeof runProgram>[2],
): Promise<Record<string, string>> {
  const query = ['--query', 'Stacks[0].Outputs', '--output', 'json'];
  const command = ['cloudformation', 'describe-stacks', '--stack-name', stackName, ...query];
  const outputs = JSON.parse(await runProgram('aws', command, options)) as {
    OutputKey: string;
    OutputValue: string;
  }[];
  return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}
