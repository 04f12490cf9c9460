import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { HttpNoneAuthorizer, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { routeList } from '../../functions/api/routes.ts';
import { invalidEnvironment } from '../../functions/environment.ts';
import { bundleOptions } from '../../infra/bundling.ts';
import { createApp } from '../../infra/create-app.ts';
import type { ApiOptions } from '../../infra/part-options.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { unbundled } from '../support/synthesis.ts';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}
interface Statement {
  Action: string | string[];
  Resource: unknown;
}

let folder: string;
/** The stack with the API as it is by default. */
let withApi: ReturnType<typeof synthesised>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'face-detection-poller-'));
  // The library loads its parts when they are first used, which takes a busy machine its time.
  withApi = synthesised(true);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

function synthesised(api: boolean | ApiOptions | undefined) {
  const app = createApp(unbundled);
  const stack = new FaceDetectionPollerStack(app, 'FaceDetectionPoller', api === undefined ? {} : { api });
  const template = Template.fromStack(stack).toJSON() as {
    Resources: Record<string, Resource>;
    Outputs: Record<string, { Value: unknown }>;
  };
  const all = (type: string): Resource[] =>
    Object.values(template.Resources).filter(({ Type }) => Type === type);
  /** Those that the API brings. */
  const ofApi = (type: string): [string, Resource][] =>
    Object.entries(template.Resources).filter(
      ([id, { Type }]) => Type === type && id.startsWith('PollerApi'),
    );
  return { stack, template, all, ofApi };
}

const throttleOf = (api: true | ApiOptions): unknown =>
  synthesised(api).all('AWS::ApiGatewayV2::Stage')[0]?.Properties['DefaultRouteSettings'];

describe('the HTTP API', () => {
  it('is there only when it is asked for', () => {
    for (const api of [undefined, false]) {
      const { template, all } = synthesised(api);
      expect(all('AWS::ApiGatewayV2::Api')).toEqual([]);
      expect(template.Outputs).not.toHaveProperty('ApiUrl');
    }
    const { template, all, stack } = withApi;
    expect(all('AWS::ApiGatewayV2::Api')).toMatchObject([{ Properties: { ProtocolType: 'HTTP' } }]);
    expect(JSON.stringify(template.Outputs['ApiUrl'])).toContain('ApiEndpoint');
    const annotations = Annotations.fromStack(stack);
    expect(annotations.findWarning('*', Match.anyValue())).toEqual([]);
    expect(annotations.findError('*', Match.anyValue())).toEqual([]);
  });

  it('lets exactly the operations through, each of them signed', () => {
    const found = withApi.all('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);
    expect(found.map((route) => route['RouteKey'])).toEqual(
      Object.values(routeList).map(({ method, path }) => `${method} ${path}`),
    );
    for (const route of found) expect(route).toMatchObject({ AuthorizationType: 'AWS_IAM' });
  });

  it('asks whom its owner says instead', () => {
    const authorizer = new HttpJwtAuthorizer('People', 'https://people.example', { jwtAudience: ['faces'] });
    const { all } = synthesised({ authorizer });
    for (const { Properties } of all('AWS::ApiGatewayV2::Route')) {
      expect(Properties).toMatchObject({ AuthorizationType: 'JWT' });
    }
  });

  it.each<[string, IHttpRouteAuthorizer]>([
    ['by name', new HttpNoneAuthorizer()],
    ['in another guise', { bind: () => ({ authorizationType: 'NONE' }) }],
  ])('is never open to everybody, asked for %s', (_how, authorizer) => {
    expect(() => synthesised({ authorizer })).toThrow(/^api\.authorizer: leaves POST \/detections open/);
  });

  it('lets through what its owner says, fifty a second by default', () => {
    expect(throttleOf(true)).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
    expect(throttleOf({ ratePerSecond: 5, burst: 7 })).toEqual({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 7,
    });
  });

  it('logs each access to a group of its own, without a word of who asked for what', () => {
    const { all, ofApi } = withApi;
    const groups = ofApi('AWS::Logs::LogGroup');
    expect(groups).toHaveLength(2);
    for (const [, group] of groups) {
      expect(group).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Retain' });
    }
    const [stage] = all('AWS::ApiGatewayV2::Stage');
    const log = stage?.Properties['AccessLogSettings'] as { DestinationArn: unknown; Format: string };
    for (const name of groups.flatMap(([, { Properties }]) => Properties['LogGroupName'] ?? []))
      expect(JSON.stringify(name)).toMatch(/^\{"Fn::Join":\["",\["\/aws\/vendedlogs\/apis\/",/);
    const [own] = groups.map(([id]) => id).filter((id) => id.includes('AccessLog'));
    expect(log.DestinationArn).toEqual({ 'Fn::GetAtt': [own, 'Arn'] });
    const fields = Object.values(JSON.parse(log.Format) as Record<string, string>);
    expect(fields).toContain('$context.requestId');
    expect(fields.join(' ')).not.toMatch(/path|query|identity|authorizer|error|header/i);
  });
});

describe('the Api function', () => {
  it('gets less time than the gateway gives it', () => {
    const [[, { Properties }]] = withApi.ofApi('AWS::Lambda::Function') as [[string, Resource]];
    expect(Properties['Timeout']).toBeLessThan(30);
  });

  it('may do what its requests need, by name', () => {
    const { template, ofApi } = withApi;
    const idOf = (type: string): string | undefined =>
      Object.keys(template.Resources).find((id) => template.Resources[id]?.Type === type);
    const table = { 'Fn::GetAtt': [idOf('AWS::DynamoDB::GlobalTable'), 'Arn'] };
    const machine = idOf('AWS::StepFunctions::StateMachine');
    const policies = ofApi('AWS::IAM::Policy').map(([, { Properties }]) => Properties['PolicyDocument']);
    expect(ofApi('AWS::IAM::Role')).toHaveLength(1);
    const statements = (policies as { Statement: Statement[] }[]).flatMap(({ Statement: each }) => each);
    const granted = statements.map(({ Action, Resource: on }) => [[Action].flat().join(' '), on] as const);
    const of = (actions: string): unknown => granted.find(([names]) => names === actions)?.[1];
    expect(granted.map(([actions]) => actions).toSorted()).toEqual(
      [
        'dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem',
        'dynamodb:Query',
        'lambda:InvokeFunction',
        'logs:CreateLogStream logs:PutLogEvents',
        'states:DescribeExecution states:StopExecution',
        'states:StartExecution',
      ].toSorted(),
    );
    expect(of('dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem')).toEqual(table);
    expect(of('dynamodb:Query')).toEqual({ 'Fn::Join': ['', [table, '/index/by_status']] });
    expect(of('states:StartExecution')).toEqual({ Ref: machine });
    // Of this machine's executions alone: their names are the tasks'.
    const executions = JSON.stringify(of('states:DescribeExecution states:StopExecution'));
    expect(executions).toMatch(new RegExp(`:execution:".*"${machine}","Name"\\]\\},":\\*"`));
  });

  it('is invoked by the gateway through its live alias alone', () => {
    const { ofApi } = withApi;
    const [alias] = ofApi('AWS::Lambda::Alias').map(([id]) => id);
    const invoking = ofApi('AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(invoking).toHaveLength(Object.keys(routeList).length);
    for (const permission of invoking) {
      expect(permission).toMatchObject({
        FunctionName: { Ref: alias },
        Principal: 'apigateway.amazonaws.com',
      });
    }
  });

  it('is bundled small, and says which of its settings is wrong', async () => {
    const bundle = join(folder, 'index.mjs');
    await build({ ...bundleOptions('functions/api/handler.ts', bundle), logLevel: 'error' });
    expect((await stat(bundle)).size).toBeLessThan(680 * 1_024);
    const coldStart = `await import(${JSON.stringify(bundle)}).catch((error) => console.log(error.name, error.message))`;
    const node = ['--input-type=module', '--eval', coldStart];
    const { stdout } = await promisify(execFile)(process.execPath, node, { env: {} });
    expect(stdout.trim()).toBe(`${invalidEnvironment} the Api function's environment is wrong in TABLE_NAME`);
  });
});
