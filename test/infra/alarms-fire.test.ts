/**
 * Each alarm's condition, brought about: what the shipped handlers then emit is what the alarm reads. Metrics that AWS
 * emits are read under the names and dimensions of its documentation, by the name of something that is deployed.
 */
import { randomBytes } from 'node:crypto';

import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { AbandonmentCode } from '../../functions/detection/error-codes.ts';
import type { PollState } from '../../functions/poll/state.ts';
import { newHead } from '../../functions/records/head.ts';
import { newDelivery } from '../../functions/records/outbox.ts';
import { createRecords } from '../../functions/records/records.ts';
import { namespace } from '../../functions/telemetry/metrics.ts';
import type { Step } from '../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { tableName } from '../../local/table.ts';
import { type Aws, startAws } from '../support/aws.ts';
import { answerOf, facesOf, ownerNamed, some, taskId, testDefaults } from '../support/records.ts';
import { everyPart, synthesise } from '../support/synthesis.ts';
import { captureTelemetry, contextOf } from '../support/telemetry.ts';

const template = synthesise(() => everyPart);
type Dimension = { Name: string; Value: unknown };
const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, resource]) => {
  const { Namespace, MetricName, Dimensions } = (
    resource as { Properties: { Namespace: string; MetricName: string; Dimensions: Dimension[] } }
  ).Properties;
  const name = id.replace(/^PollerAlarms(.*)[\dA-F]{8}$/, '$1');
  return { name, Namespace, MetricName, dimensions: Object.fromEntries(Dimensions.map(nameAndValue)) };
});
function nameAndValue({ Name, Value }: Dimension): [string, unknown] {
  return [Name, Value];
}
const own = alarms.filter(({ Namespace }) => Namespace === namespace);
const ofAws = alarms.filter(({ Namespace }) => Namespace !== namespace);
const idsOf = (type: string): string[] => Object.keys(template.findResources(type));
const [tableId] = idsOf('AWS::DynamoDB::GlobalTable');

/** Is taken for an API key, a token and a webhook secret. */
const secret = randomBytes(32).toString('hex');
const hourMs = 3_600_000;
const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:poller';
const context = (ms = 60_000): Context => ({ ...contextOf('r'), getRemainingTimeInMillis: () => ms });

/** In a sandbox of its own, with these variables. */
async function load<Module>(importModule: () => Promise<Module>, variables: Record<string, string> = {}) {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  vi.resetModules();
  const module = await importModule();
  for (const [name, value] of before) vi.stubEnv(name, value);
  return module;
}

const loadPoll = (variables = {}) => load(() => import('../../functions/poll/handler.ts'), variables);
async function submit(media_url: string): Promise<void> {
  const { handler } = await load(() => import('../../functions/submit/handler.ts'));
  await handler({ operation: 'detect', input: { media_url } }, context());
}
async function sweep(): Promise<void> {
  const { handler } = await load(() => import('../../functions/sweep/handler.ts'));
  await handler({}, context());
}

describe('an alarm', { timeout: 60_000 }, () => {
  let provider: Simulator;
  let aws: Aws;
  let isRateReachable = true;
  beforeAll(async () => {
    provider = await startSimulator({ apiKey: secret });
    const environment = {
      API_KEY_SECRET_ARN: 'the-secret',
      CRUN_BASE_URL: provider.baseUrl,
      EVENT_BUS_NAME: 'the-bus',
      RATE_LIMIT: '0',
      WORKFLOW_TYPE: 'STANDARD',
      STATE_MACHINE_ARN: stateMachineArn,
      WEBHOOK_SECRET_ARN: 'the-secret',
      API_TOKEN_SECRET_ARN: 'the-secret',
      CALLBACK_LOOPBACK: '1',
      EXPERIMENTAL_VIDEO: '0',
    };
    const answers = {
      GetSecretValue: () => ({ SecretString: secret }),
      PutEvents: () => ({ FailedEntryCount: 0 }),
      DescribeExecution: () => ({ status: 'FAILED' }),
    };
    aws = await startAws(environment, answers, (_action, { Key }) =>
      !isRateReachable && JSON.stringify(Key ?? {}).includes('#rate#') ? 'AccessDeniedException' : undefined,
    );
  });
  afterAll(async () => {
    await provider.close();
    await aws[Symbol.asyncDispose]();
  });

  const recordsAt = (nowMs: number) =>
    createRecords({ client: aws.client, tableName, defaults: testDefaults, now: () => nowMs });
  async function begun(id: string, nowMs: number, input = {}) {
    const fresh = newHead(
      { detect_task_id: taskId(id), ...input },
      ownerNamed(`1-${id}`),
      testDefaults,
      nowMs,
    );
    const head = await recordsAt(nowMs).create(fresh, { mayReplaceTombstone: true });
    if (head === 'conflict') throw new Error(`${id}: exists already`);
    return head;
  }
  async function poll(script: Step[], state: object = {}, variables = {}): Promise<void> {
    const id = provider.submit(script);
    const { handler } = await loadPoll(variables);
    await handler({ ...ownerNamed(`1-${id}`), state: { detect_task_id: id, ...state } }, context(16_000));
  }
  /** The deadline comes while the last poll's observation stands. */
  async function expire(code: AbandonmentCode): Promise<void> {
    const id = provider.submit([{ step: 'pending', status: 'processing' }]);
    const { created_at, deadline_at } = await begun(id, Date.now() - hourMs - 1_000);
    const totals = { polls: 9, invocations: 9, transitions: 27, lambda_ms: 9 };
    const counts = { troubles: 0, holds: 0, violations: 0 };
    const carried = {
      v: 2,
      next: 'wait',
      detect_task_id: taskId(id),
      attempt: 1,
      deadline_at,
      wait_seconds: 1,
    } as const;
    const seen = { polling_since: created_at, has_seen_processing: true, code_at_deadline: code };
    const { handler } = await loadPoll();
    const state: PollState = { ...carried, ...seen, ...counts, ...totals };
    await handler({ ...ownerNamed(`1-${id}`), state }, context());
  }
  async function exhaust(): Promise<void> {
    const head = await begun('exhausted', Date.now(), { callback_url: 'http://127.0.0.1:9/' });
    const records = recordsAt(Date.now());
    const final = await records.complete(head, answerOf(facesOf(1)), some);
    if (typeof final !== 'object' || !('detect_task_id' in final)) throw new Error('exhausted: is not final');
    const delivery = { ...newDelivery(final, Date.now()), attempts: 9 };
    await records.recordDelivery(final, delivery, Date.now());
    const { handler } = await load(() => import('../../functions/notify/webhook/handler.ts'));
    await handler({ detail: { detect_task_id: 'exhausted' } }, context());
  }

  const conditions: Record<string, () => Promise<unknown>> = {
    AbandonedDEADLINEEXCEEDED: () => expire('DEADLINE_EXCEEDED'),
    AbandonedPROVIDERUNAVAILABLE: () => expire('PROVIDER_UNAVAILABLE'),
    AbandonedPROVIDERMAINTENANCE: () => expire('PROVIDER_MAINTENANCE'),
    AbandonedINSUFFICIENTCREDITS: () => expire('INSUFFICIENT_CREDITS'),
    AbandonedUNAUTHORIZED: () => poll([{ step: 'code', code: 401 }]),
    AbandonedFEATUREDISABLED: () => poll([{ step: 'code', code: 505 }]),
    AbandonedCONTRACTVIOLATION: () => expire('CONTRACT_VIOLATION'),
    AbandonedUNEXPECTEDRESPONSE: () => poll([{ step: 'redirect', location: 'https://example.com' }]),
    AbandonedEXECUTIONLOST: async () => {
      await begun('lost', Date.now() - 2 * hourMs);
      await sweep();
    },
    ProviderDown: () => poll([{ step: 'reset' }]),
    Overdue: sweep,
    SweepSilent: sweep,
    RateUnreachable: async () => {
      isRateReachable = false;
      await poll([{ step: 'succeeded', faces: 0 }], {}, { RATE_LIMIT: '5' });
      isRateReachable = true;
    },
    RateRebased: async () => {
      for (const RATE_LIMIT of ['5', '6']) await poll([{ step: 'succeeded', faces: 0 }], {}, { RATE_LIMIT });
    },
    SubmissionDenied: () => submit('https://media.example/submit-402.jpg'),
    SubmissionUnknown: () => submit('https://media.example/submit-500.jpg'),
    DeliveryExhausted: exhaust,
    TokenRejected: async () => {
      const { handler } = await load(() => import('../../functions/authorize/handler.ts'));
      expect(await handler({ identitySource: ['Bearer wrong'] }, context())).toEqual({ isAuthorized: false });
    },
  };

  it('of our own metrics has its condition below', () => {
    expect(own.map(({ name }) => name).toSorted()).toEqual(Object.keys(conditions).toSorted());
  });

  it.each(own)('$name reads what its condition emits', async ({ name, MetricName, dimensions }) => {
    using telemetry = captureTelemetry();
    await conditions[name]?.();
    expect(dimensions['TableName']).toEqual({ Ref: tableId });
    const expected = { ...dimensions, TableName: tableName };
    const emitted = telemetry
      .documents()
      .filter(({ _aws: { CloudWatchMetrics } }) =>
        CloudWatchMetrics.some(
          ({ Namespace, Dimensions, Metrics }) =>
            Namespace === namespace &&
            Dimensions.some((names) => names.toSorted().join() === Object.keys(expected).toSorted().join()) &&
            Metrics.some(({ Name }) => Name === MetricName),
        ),
      );
    expect(emitted).toContainEqual(expect.objectContaining(expected));
  });

  const failures: Record<string, () => Promise<{ handler: unknown }>> = {
    Poll: () => import('../../functions/poll/handler.ts'),
    Submit: () => import('../../functions/submit/handler.ts'),
    Sweep: () => import('../../functions/sweep/handler.ts'),
    Deliver: () => import('../../functions/notify/webhook/handler.ts'),
    Archive: () => import('../../functions/archive/handler.ts'),
  };

  it('of failing invocations has its failure below', () => {
    const failing = ofAws.filter(({ MetricName }) => MetricName === 'Errors').map(({ name }) => name);
    expect(failing.toSorted()).toEqual(
      Object.keys(failures)
        .map((name) => `Failing${name}`)
        .toSorted(),
    );
  });

  it.each(Object.entries(failures))('sees the %s function fail', async (_name, importModule) => {
    using _ = captureTelemetry();
    const absent = { TABLE_NAME: 'absent', ARCHIVE_BUCKET: 'absent' };
    const module = (await load(importModule, absent)) as {
      handler: (event: object, context: Context) => Promise<unknown>;
    };
    const event = {
      ...ownerNamed('1-a'),
      state: { detect_task_id: 'a' },
      detail: { detect_task_id: 'a' },
      operation: 'detect',
      input: { media_url: 'https://media.example/a.jpg', idempotency_key: 'a' },
    };
    await expect(module.handler(event, context())).rejects.toThrow('failed; the function');
  });

  it('sees the API fail by the status of its answers, because its function never fails', async () => {
    using _ = captureTelemetry();
    const variables = { TABLE_NAME: 'absent', SUBMIT_FUNCTION_ARN: 'absent' };
    const { handler } = await load(() => import('../../functions/api/handler.ts'), variables);
    const request = { rawPath: '/detections/a', rawQueryString: '', headers: {}, isBase64Encoded: false };
    const answer = await handler({ ...request, requestContext: { http: { method: 'GET' } } }, context());
    expect(answer.statusCode).toBeGreaterThanOrEqual(500);
    const failing = ofAws.find(({ name }) => name === 'FailingApi');
    const [ApiId] = idsOf('AWS::ApiGatewayV2::Api');
    expect(failing).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      dimensions: { ApiId: { Ref: ApiId } },
    });
  });

  it.each(ofAws)(
    '$name reads a documented metric of something deployed',
    ({ Namespace, MetricName, dimensions }) => {
      const documented: Record<string, string[]> = {
        'AWS/ApiGateway ApiId': ['5xx'],
        'AWS/DynamoDB TableName': ['WriteThrottleEvents'],
        'AWS/DynamoDB GlobalSecondaryIndexName,TableName': ['WriteThrottleEvents'],
        'AWS/Lambda FunctionName,Resource': ['Errors', 'Throttles'],
      };
      expect(documented[`${Namespace} ${Object.keys(dimensions).toSorted().join()}`]).toContain(MetricName);
      const deployed = JSON.stringify(template.toJSON());
      for (const value of Object.values(dimensions)) {
        const named = JSON.stringify(value);
        // A reference to a resource, or the name of an index.
        expect(deployed).toContain(typeof value === 'string' ? `"IndexName":${named}` : named);
        for (const [, id = ''] of named.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g))
          expect(template.toJSON()['Resources']).toHaveProperty(id);
      }
    },
  );
});
