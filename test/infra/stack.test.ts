import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { functionSeconds } from '../../functions/poll/policy.ts';
import { byStatus, due, expiry, key } from '../../functions/records/table.ts';
import { createApp } from '../../infra/create-app.ts';
import { definitionOf } from '../../infra/definition.ts';
import { render } from '../../infra/references.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { drawWorkflow } from '../../tools/picture.ts';
import { bundle } from '../bench/handler/bundles.ts';
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
      'RateLimit',
      'RetentionDays',
      'Shards',
      'StateMachineArn',
      'SubmitFunctionArn',
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
    expect(kept).toHaveLength(8);
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
    [
      byStatus,
      { ProjectionType: 'INCLUDE', NonKeyAttributes: [...found, 'error', 'created_at', ...usable, expiry] },
    ],
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

  it('logs to its own group, which keeps a month', () => {
    const { id, Properties } = theOne('AWS::Logs::LogGroup', 'PollerPoll');
    expect(Properties).toMatchObject({ RetentionInDays: 30 });
    expect(theOne('AWS::Lambda::Function', 'PollerPoll').Properties).toMatchObject({
      LoggingConfig: {
        LogGroup: { Ref: id },
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'WARN',
      },
    });
  });

  it('is what the bench measures', async () => {
    const measured = await bundle('ours', outdir);
    expect((await stat(await pollBundle())).size).toBe(measured.bytes);
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
    expect(new Set(actions.filter((action) => !isLogDelivery(action)))).toEqual(
      new Set(['states:DescribeExecution']),
    );
  });

  const log = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  const items = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
  it.each([
    ['PollerPoll', [...items, ...log, 'events:PutEvents', 'secretsmanager:GetSecretValue']],
    [
      'PollerSubmit',
      [
        ...items.filter((action) => action !== 'dynamodb:DeleteItem'),
        ...log,
        'secretsmanager:GetSecretValue',
        'states:DescribeExecution',
        'states:StartExecution',
      ],
    ],
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
