/** The token of the HTTP API: what is deployed for it, and no more. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { routeList } from '../../functions/api/routes.ts';
import { bundleOptions } from '../../infra/bundling.ts';
import { readConfig } from '../../infra/config.ts';
import { InvalidSettingError } from '../../infra/invalid-setting.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import { newStack, statementsOf, synthesise } from '../support/synthesis.ts';

const template = synthesise(() => ({ api: { token: true, burst: 7 } }));
interface Found {
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}
const all = (type: string, prefix = ''): [string, Found][] =>
  Object.entries(template.findResources(type) as unknown as Record<string, Found>).filter(([id]) =>
    id.startsWith(prefix),
  );
function the(type: string, prefix = ''): { id: string } & Found {
  const [[id, found], ...more] = all(type, prefix) as [[string, Found], ...unknown[]];
  expect(more).toEqual([]);
  return { id, ...found };
}

describe('the authorizer', () => {
  const { id, Properties } = the('AWS::ApiGatewayV2::Authorizer');
  const alias = the('AWS::Lambda::Alias', 'PollerApiAuthorize');

  it('answers in the simple form of payload 2.0, is kept five minutes, and is not asked without a header', () => {
    expect(Properties).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 300,
      IdentitySource: ['$request.header.Authorization'],
    });
    expect(JSON.stringify(Properties['AuthorizerUri'])).toContain(JSON.stringify({ Ref: alias.id }));
  });

  it('stands before every route', () => {
    const routes = all('AWS::ApiGatewayV2::Route');
    expect(routes).toHaveLength(Object.keys(routeList).length);
    for (const [, route] of routes)
      expect(route.Properties).toMatchObject({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: id } });
    const [[, stage]] = all('AWS::ApiGatewayV2::Stage') as [[string, Found]];
    expect(stage.Properties['DefaultRouteSettings']).toMatchObject({ ThrottlingBurstLimit: 7 });
  });

  it('may be invoked by this authorizer alone, through its live alias', () => {
    const permissions = all('AWS::Lambda::Permission').filter(
      ([, permission]) =>
        JSON.stringify(permission.Properties['FunctionName']) === JSON.stringify({ Ref: alias.id }),
    );
    expect(permissions).toHaveLength(1);
    const [[, { Properties: permission }]] = permissions as [[string, Found]];
    expect(permission).toMatchObject({ Principal: 'apigateway.amazonaws.com' });
    const source = JSON.stringify(permission['SourceArn']);
    expect(source).toMatch(new RegExp(`:execute-api:.*"/authorizers/",\\{"Ref":"${id}"\\}\\]\\]\\}$`));
  });
});

describe('the Authorize function', () => {
  it('may read its secret and write its log, and nothing else', () => {
    const secret = the('AWS::SecretsManager::Secret', 'PollerApiAuthorize');
    const log = the('AWS::Logs::LogGroup', 'PollerApiAuthorize');
    expect(statementsOf(template, 'PollerApiAuthorize')).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [log.id, 'Arn'] },
      },
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: secret.id } },
    ]);
    // And no other function may.
    const readers = all('AWS::IAM::Policy').filter(([, policy]) =>
      JSON.stringify(policy.Properties['PolicyDocument']).includes(secret.id),
    );
    expect(readers).toHaveLength(1);
  });

  it('gets less time than the gateway gives it', () => {
    const { Properties } = the('AWS::Lambda::Function', 'PollerApiAuthorize');
    expect(Properties['Timeout']).toBeLessThanOrEqual(10);
  });

  it('has a secret of 256 bits, which goes with the stack only where its owner says so', () => {
    const secret = the('AWS::SecretsManager::Secret', 'PollerApiAuthorize');
    expect(secret.Properties['GenerateSecretString']).toEqual({
      ExcludePunctuation: true,
      IncludeSpace: false,
      PasswordLength: 43,
    });
    expect(43 * Math.log2(62)).toBeGreaterThan(255);
    expect(secret.DeletionPolicy).toBe('Retain');
  });
});

describe('the bundle of the Authorize function', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'authorize-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has at most 280 KB, holds no source, and no client but that of secrets', async () => {
    const file = join(folder, 'index.mjs');
    await build({ ...bundleOptions('functions/authorize/handler.ts', file), logLevel: 'error' });
    expect((await stat(file)).size).toBeLessThanOrEqual(280_000);
    const code = await readFile(file, 'utf8');
    expect(code).toContain('serviceTarget:"secretsmanager"');
    expect(code).not.toMatch(/DynamoDB_2012|AWSStepFunctions|sourceMappingURL/);
    expect(JSON.parse(await readFile(`${file}.map`, 'utf8'))).not.toHaveProperty('sourcesContent');
  });
});

describe('the setting', () => {
  it('brings the API with it', () => {
    expect(readConfig({ apiToken: 'true' })).toMatchObject({ api: { token: true } });
    expect(readConfig({ api: 'true', apiToken: 'true' })).toMatchObject({ api: { token: true } });
    expect(readConfig({ api: 'true', apiToken: 'false' })).toMatchObject({ api: true });
    expect(readConfig({ apiToken: 'false' })).not.toHaveProperty('api');
  });

  it('contradicts no API, and another authorizer', () => {
    expect(() => readConfig({ api: 'false', apiToken: 'true' })).toThrow(
      new InvalidSettingError('apiToken true and api false: a token opens the HTTP API'),
    );
    const api = { token: true, authorizer: new HttpIamAuthorizer() };
    expect(() => new FaceDetectionPoller(newStack(), 'Poller', { api })).toThrow(
      new InvalidSettingError('api.token true and api.authorizer: only one can authorize requests'),
    );
  });
});
