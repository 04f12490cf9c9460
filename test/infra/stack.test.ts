import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { invalidEnvironment } from '../../functions/environment.ts';
import { PollEnv } from '../../functions/poll/env.ts';
import { functionSeconds } from '../../functions/poll/policy.ts';
import { byStatus, due, expiry, key } from '../../functions/records/table.ts';
import { createApp } from '../../infra/create-app.ts';
import { definitionOf } from '../../infra/definition.ts';
import { render } from '../../infra/references.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { drawWorkflow } from '../../tools/picture.ts';
import { bundle } from '../bench/handler/bundles.ts';
import { variablesOf } from '../support/synthesis.ts';
import { snapshot } from './snapshot.ts';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}
interface Statement {
  Action: string | string[];
  Resource: unknown;
}

let outdir: string;
let stack: FaceDetectionPollerStack;
let template: Record<string, unknown> & {
  Resources: Record<string, Resource>;
  Outputs: Record<string, unknown>;
};

// One synthesis, with the function bundled as a deployment bundles it, serves every test of this file.
beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'face-detection-poller-'));
  stack = new FaceDetectionPollerStack(createApp({ outdir }), 'FaceDetectionPoller');
  template = Template.fromStack(stack).toJSON() as typeof template;
}, 60_000);
afterAll(() => rm(outdir, { recursive: true }));

const allOf = (type: string): Resource[] =>
  Object.values(template.Resources).filter(({ Type }) => Type === type);
/** The one resource of a type whose logical id begins so, with that id. */
function theOne(type: string, prefix = ''): Resource & { id: string } {
  const found = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type === type && id.startsWith(prefix),
  );
  expect(found).toHaveLength(1);
  const [[id, resource]] = found as [[string, Resource]];
  return { id, ...resource };
}
/** What a part of the construct may do. */
const statementsOf = (part: string): Statement[] =>
  Object.entries(template.Resources)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(part))
    .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);

/** The Poll function's code as it is deployed. */
async function pollBundle(): Promise<string> {
  const assets = await readFile(join(outdir, `${stack.stackName}.assets.json`), 'utf8');
  const { files } = JSON.parse(assets) as {
    files: Record<string, { source: { path: string; packaging: string } }>;
  };
  const code = Object.values(files).find(({ source }) => source.packaging === 'zip');
  return join(outdir, code?.source.path ?? '', 'index.mjs');
}

/** Everything that a program writes, whichever way. */
async function runScript(script: string, env: Record<string, string>): Promise<string> {
  const node = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node, { env });
  return stderr + stdout;
}

const isLogDelivery = (action: string): boolean =>
  /^logs:((Create|Get|Update|Delete|List)LogDeliver|(Put|Describe)ResourcePolic|DescribeLogGroups)/.test(
    action,
  );

describe('the snapshot', () => {
  it('is the definition that is deployed', () => {
    // Where it is not: `npm run snapshot`, then review what changed.
    expect(definitionOf(template)).toEqual(snapshot());
  });

  it('is what the picture shows', async () => {
    const picture = await readFile(new URL('../../docs/workflow.svg', import.meta.url), 'utf8');
    expect(await drawWorkflow(snapshot())).toBe(picture);
  });
});

describe('the stack', () => {
  it('synthesises without warnings', () => {
    const annotations = Annotations.fromStack(stack);
    expect(annotations.findWarning('*', Match.anyValue())).toEqual([]);
    expect(annotations.findError('*', Match.anyValue())).toEqual([]);
  });

  it('tells clients its parts', () => {
    expect(Object.keys(template.Outputs).toSorted()).toEqual([
      'ApiKeySecretArn',
      'BaseUrl',
      'CallbackHosts',
      'CallbackPorts',
      'DeadlineSeconds',
      'RetentionDays',
      'Shards',
      'StateMachineArn',
      'TableName',
      'WebhookSecretArn',
      'WorkflowType',
    ]);
  });

  it('gives no physical name to anything', () => {
    const named = Object.values(template.Resources).flatMap(({ Properties }) =>
      ['TableName', 'RoleName', 'StateMachineName', 'LogGroupName'].filter((name) => name in Properties),
    );
    expect(named).toEqual(['LogGroupName']);
  });

  it('lets services deliver logs under names that a retained group of another deployment cannot have', () => {
    const { LogGroupName } = theOne('AWS::Logs::LogGroup', 'PollerWorkflow').Properties;
    const name = render(LogGroupName);
    expect(name).toMatch(/^\/aws\/vendedlogs\/states\/\$\{AWS::StackName\}-\w{8}-/);
    expect(JSON.stringify(LogGroupName)).toContain(
      '"Fn::Select":[2,{"Fn::Split":["/",{"Ref":"AWS::StackId"}]}]',
    );
  });

  it('leaves table, secret and logs behind when it goes', () => {
    const kept = ['AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup'].flatMap(
      allOf,
    );
    expect(kept).toHaveLength(7);
    for (const resource of kept) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });
});

describe('the table', () => {
  it('is on demand, backed up continuously, and forgets what has expired', () => {
    const { Properties } = theOne('AWS::DynamoDB::GlobalTable');
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: expiry, Enabled: true },
      Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
    // The key that AWS owns costs nothing.
    expect(Properties).not.toHaveProperty('SSESpecification');
  });

  const found = ['detect_id', 'face_count'];
  const usable = ['usable_until', 'usable_until_assumed'];
  it.each([
    [byStatus, { ProjectionType: 'INCLUDE', NonKeyAttributes: [...found, ...usable, expiry] }],
    [due, { ProjectionType: 'KEYS_ONLY' }],
  ])('has the index that the store queries: $indexName', (index, Projection) => {
    const indexes = theOne('AWS::DynamoDB::GlobalTable').Properties['GlobalSecondaryIndexes'];
    expect(indexes).toContainEqual({
      IndexName: index.indexName,
      KeySchema: [
        { AttributeName: index.partitionKey, KeyType: 'HASH' },
        { AttributeName: index.sortKey, KeyType: 'RANGE' },
      ],
      Projection,
    });
  });
});

describe('the Poll function', () => {
  it('runs on Node 24 on arm64 with 256 MB, for four minutes at most', () => {
    expect(theOne('AWS::Lambda::Function', 'PollerPoll').Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: functionSeconds,
    });
  });

  it('gets the whole environment that it parses, and nothing else', () => {
    const { Variables } = theOne('AWS::Lambda::Function', 'PollerPoll').Properties['Environment'] as {
      Variables: object;
    };
    const parsed = variablesOf(PollEnv).filter(
      (name) => !name.endsWith('_BUDGET_SECONDS') && name !== 'API_KEY_PARAMETER_NAME',
    );
    expect(Object.keys(Variables).toSorted()).toEqual(parsed);
  });

  it('logs to its own group, which keeps a month', () => {
    const { id, Properties } = theOne('AWS::Logs::LogGroup', 'PollerPoll');
    expect(Properties).toMatchObject({ RetentionInDays: 30 });
    expect(theOne('AWS::Lambda::Function', 'PollerPoll').Properties).toMatchObject({
      LoggingConfig: { LogGroup: { Ref: id } },
    });
  });

  it('is what the bench measures', async () => {
    const measured = await bundle('ours', outdir);
    expect((await stat(await pollBundle())).size).toBe(measured.bytes);
  });

  it('names a wrong environment so that the workflow knows it', async () => {
    const coldStart = `await import(${JSON.stringify(await pollBundle())}).catch((error) => console.log(error.name))`;
    expect((await runScript(coldStart, {})).trim()).toBe(invalidEnvironment);
  });

  it('throws what AWS refused under its name, and tells nothing else of it, also when minified', async () => {
    const refusal = JSON.stringify({ __type: 'x#ProvisionedThroughputExceededException', message: 's3cr3t' });
    const aws = createServer((_request, response) => response.writeHead(400).end(refusal)).listen(
      0,
      '127.0.0.1',
    );
    await once(aws, 'listening');
    const event = { state: { detect_task_id: 'task-1' }, execution_name: '1-task-1', execution_arn: 'arn' };
    const invocation = `
      const { handler } = await import(${JSON.stringify(await pollBundle())});
      const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
      await handler(${JSON.stringify(event)}, context).catch((error) => console.log(JSON.stringify({
        errorType: error.name, errorMessage: error.message, cause: error.cause, ...error,
      })));`;
    const told = await runScript(invocation, {
      TABLE_NAME: 'the-table',
      API_KEY_SECRET_ARN: 'arn',
      DEADLINE_SECONDS: '3600',
      RETENTION_DAYS: '30',
      SHARDS: '1',
      RATE_LIMIT: '2',
      WORKFLOW_TYPE: 'STANDARD',
      EVENT_BUS_NAME: 'default',
      CALLBACK_HOSTS: '*',
      CALLBACK_PORTS: '443',
      CRUN_BASE_URL: 'https://api.crun.ai',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
    });
    aws.close();
    expect(told).not.toContain('s3cr3t');
    const name = 'ProvisionedThroughputExceededException';
    const lines = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        detect_task_id: 'task-1',
        request_id: 'r',
        error: {
          name,
          http_status: 400,
          at: expect.arrayContaining([
            expect.stringMatching(/^functions\/records\/query\.ts:\d+:\d+$/),
          ]) as unknown,
        },
      },
      { errorType: name, errorMessage: expect.stringMatching(/^task-1: failed/) as unknown },
    ]);
  });
});

describe('the state machine', () => {
  it('is of type Standard and logs everything but data', () => {
    const { id, Properties } = theOne('AWS::Logs::LogGroup', 'PollerWorkflow');
    expect(Properties).toMatchObject({ RetentionInDays: 30 });
    expect(theOne('AWS::StepFunctions::StateMachine').Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: {
        Level: 'ALL',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { 'Fn::GetAtt': [id, 'Arn'] } } }],
      },
    });
  });

  it('leaves the verdict on a slow invocation to Lambda', () => {
    const { Timeout } = theOne('AWS::Lambda::Function', 'PollerPoll').Properties;
    expect(snapshot().States['Poll']?.TimeoutSeconds).toBeGreaterThan(Number(Timeout));
  });

  it('may invoke the live alias, and nothing else of the function', () => {
    const { id, Properties } = theOne('AWS::Lambda::Alias', 'PollerPoll');
    expect(Properties).toMatchObject({ Name: 'live' });
    const invoking = statementsOf('PollerWorkflow').filter(
      ({ Action }) => Action === 'lambda:InvokeFunction',
    );
    expect(invoking).toMatchObject([{ Resource: { Ref: id } }]);
    // The definition's own token was an alias, or there would be no placeholder for it.
    expect(snapshot().States['Poll']?.Resource).toMatch(/:live$/);
  });
});

describe('the permissions', () => {
  it('name their resources, but for log delivery and executions, which have none to name', () => {
    const wide = statementsOf('').filter(({ Resource }) => JSON.stringify(Resource).includes('*'));
    const actions = wide.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !isLogDelivery(action))).toEqual(['states:DescribeExecution']);
  });

  const log = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  const items = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
  it.each([
    ['PollerPoll', [...items, ...log, 'events:PutEvents', 'secretsmanager:GetSecretValue']],
    ['PollerDeliver', ['dynamodb:GetItem', 'dynamodb:UpdateItem', ...log, 'secretsmanager:GetSecretValue']],
    [
      'PollerSweep',
      [
        ...items,
        'dynamodb:Query',
        ...log,
        'events:PutEvents',
        'states:DescribeExecution',
        'states:StartExecution',
      ],
    ],
    ['PollerWorkflow', ['dynamodb:UpdateItem', 'lambda:InvokeFunction']],
  ])('of %s are these actions and no other', (part, expected) => {
    const actions = statementsOf(part).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !isLogDelivery(action)).toSorted()).toEqual(expected.toSorted());
  });

  it('come from no managed policy', () => {
    for (const { Properties } of allOf('AWS::IAM::Role'))
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});
