/** A consumer's own `cdk deploy`, from a folder with nothing but the tarball and npm, to an emulator of AWS. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { DescribeStacksCommand, CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startSimulator } from '../../exports/testing.ts';
import { findPython } from '../../tools/python.ts';
import { type Account, openAccount } from '../deploy/account.ts';
import { awsEnvironment } from '../support/aws-environment.ts';
import { createConsumer, tarball } from './consumer.ts';
import { commonJs, esModule, exampleWith, picturesStack } from './pictures.ts';

const python = await findPython();
if (python === undefined) {
  const needed = 'The emulator needs Python 3.10 or later with its venv module';
  if (process.env['CI']) throw new Error(`${needed}, and finds none.`);
  console.log(`${needed}, and finds none: no consumer's stack was deployed.`);
}

const id = 'dit60yt8reqplt1c16';
/** Looks like nothing else. */
const key = ['consumer', 'key', 'p4ck4g3d'].join('-');
/** The README's stack, for the provider and the life of a test. */
const stackFor = (baseUrl: string): string =>
  picturesStack
    .replace('Duration, Stack', 'Duration, RemovalPolicy, Stack')
    .replace('{ deadline:', `{ baseUrl: '${baseUrl}', removalPolicy: RemovalPolicy.DESTROY, deadline:`);
/** The README's program; its task was submitted just now. */
const program = exampleWith('openDeployedStack').replace(
  /'2026-[^']+'/,
  `'${new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString()}'`,
);

describe.skipIf(python === undefined)('a consumer on AWS', { timeout: 900_000 }, () => {
  let account: Account;
  const clients = () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const options = { endpoint: account.endpoint, region: 'us-east-1', credentials };
    return { dynamodb: new DynamoDBClient(options), cloudFormation: new CloudFormationClient(options) };
  };
  beforeAll(async () => {
    account = await openAccount(String(python));
  });
  afterAll(() => account.close());

  it.each([
    ['in CommonJS, by ts-node,', commonJs],
    ['as an ES module', esModule],
  ])('deploys a stack %s runs a task to its faces, and destroys it', async (_which, app) => {
    await using simulator = await startSimulator({ apiKey: key });
    const { manifest, files, packages, run } = app(stackFor(simulator.baseUrl));
    await using consumer = await createConsumer(manifest, {
      ...files,
      'cdk.json': JSON.stringify({ app: run }),
      'program.mjs': program,
    });
    await consumer.install(tarball(), 'aws-cdk@2', 'aws-cdk-lib@2', 'constructs@10', ...packages);
    const env = {
      ...awsEnvironment(account.endpoint),
      HOME: account.temporary,
      TMPDIR: account.temporary,
      FACE_POLLER_STACK: 'Pictures',
    };
    const outputs = '--outputs-file outputs.json';
    await consumer.mustRun(`npx --no-install cdk deploy --require-approval never ${outputs}`, { env });
    await consumer.mustRun('npx --no-install face-poller set-key', { env, stdin: `${key}\n` });

    simulator.submit(
      [
        { step: 'pending', status: 'starting' },
        { step: 'succeeded', faces: 2 },
      ],
      id,
    );
    const said = await consumer.mustRun('node program.mjs', { env });
    expect(said).toContain(simulator.baseUrl);

    const { Pictures } = JSON.parse(
      await readFile(path.join(consumer.folder, 'outputs.json'), 'utf8'),
    ) as Record<'Pictures', Record<string, string>>;
    const { dynamodb, cloudFormation } = clients();
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: Pictures['FacesTableName'], Key: { detect_task_id: { S: id } } }),
    );
    expect(Item && unmarshall(Item)).toMatchObject({ status: 'succeeded', faces: [{ id: 0 }, { id: 1 }] });

    await consumer.mustRun('npx --no-install cdk destroy --force', { env });
    const described = cloudFormation.send(new DescribeStacksCommand({ StackName: 'Pictures' }));
    await expect(described).rejects.toThrow('does not exist');
    expect(await dynamodb.send(new ListTablesCommand())).toMatchObject({ TableNames: [] });
  });
});
