/** What makes each alarm on the functions' own metrics fire is done to the bundles: they write what it watches. */
import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { detectionError } from '../../functions/detection/error-codes.ts';
import type { PollState } from '../../functions/poll/state.ts';
import { newHead } from '../../functions/records/head.ts';
import { newDelivery } from '../../functions/records/outbox.ts';
import { createRecords } from '../../functions/records/records.ts';
import { abandonedThresholds } from '../../infra/monitoring/alarms.ts';
import type { Script } from '../../local/simulator/script.ts';
import { startSimulator, type Simulator } from '../../local/simulator/simulator.ts';
import { tableName } from '../../local/table.ts';
import { type Aws, startAws } from '../support/aws.ts';
import { none, ownerNamed, taskId, testDefaults } from '../support/records.ts';
import { unusedPort } from '../support/servers.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { deployedFunction, watchedMetrics } from './stack.ts';

type Code = keyof typeof abandonedThresholds;

interface Document {
  _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
  [field: string]: unknown;
}

const codes = Object.keys(abandonedThresholds) as Code[];
const apiKey = randomBytes(16).toString('hex');
/** What the provider answers at once; every other code is what the deadline means. */
const scripts: Partial<Record<Code, Script>> = {
  UNAUTHORIZED: [{ step: 'code', code: 401 }],
  FEATURE_DISABLED: [{ step: 'code', code: 505 }],
  UNEXPECTED_RESPONSE: [{ step: 'redirect', location: 'http://169.254.169.254/' }],
  CONTRACT_VIOLATION: [{ step: 'nullResult' }],
};

describe("an alarm on the functions' own metrics", () => {
  const nowMs = Date.now();
  const sandboxes: Sandbox[] = [];
  let aws: Aws;
  let provider: Simulator;
  let isRateReachable = false;
  beforeAll(async () => {
    provider = await startSimulator({ apiKey });
    aws = await startAws(
      {},
      {
        GetSecretValue: ({ SecretId }) => ({
          SecretString: SecretId === 'the-secret' ? apiKey : randomBytes(32).toString('base64'),
        }),
        PutEvents: () => ({ FailedEntryCount: 0, Entries: [] }),
        DescribeExecution: () => ({ status: 'FAILED' }),
      },
      (_action, { Key }) =>
        !isRateReachable && JSON.stringify(Key ?? {}).includes('#rate#') ? 'InternalServerError' : undefined,
    );
    for (const code of codes) await begun(code);
    await exhausted();

    const poll = await start('PollerPoll', { RATE_LIMIT: '0' });
    // The last one is the sweep's to end.
    for (const code of codes) if (code !== 'EXECUTION_LOST') await poll.invoke(eventOf(code));
    await rated('alone', '5');
    // Another rate than the one that is stored.
    isRateReachable = true;
    await rated('first', '5');
    await rated('other', '6');
    const submit = await start('PollerSubmit', { RATE_LIMIT: '0' });
    for (const code of [402, 500])
      await submit.invoke({ media_url: `https://media.example/submit-${code}.jpg` });
    await (await start('PollerApiAuthorize')).invoke({ identitySource: ['Bearer wrong'] });
    await (await start('PollerSweep')).invoke({});
    await (
      await start('PollerDeliver', { CALLBACK_LOOPBACK: '1' })
    ).invoke({
      detail: { detect_task_id: 'exhausted' },
    });
  });
  afterAll(async () => {
    for (const sandbox of sandboxes) await sandbox[Symbol.asyncDispose]();
    await aws[Symbol.asyncDispose]();
    await provider.close();
  });

  const recordsAt = (atMs: number) =>
    createRecords({ client: aws.client, tableName, defaults: testDefaults, now: () => atMs });

  /** Long ago where the deadline decides. */
  async function begun(code: Code) {
    const isAtDeadline = scripts[code] === undefined;
    const atMs = isAtDeadline ? nowMs - 3_600_000 : nowMs;
    provider.submit(scripts[code] ?? [{ step: 'pending', status: 'processing' }], code);
    const fresh = newHead({ detect_task_id: taskId(code) }, ownerNamed(`1-${code}`), testDefaults, atMs);
    await recordsAt(atMs).create(fresh, { mayReplaceTombstone: true });
  }

  /** Nine attempts at a webhook have failed. */
  async function exhausted() {
    const records = recordsAt(nowMs);
    const callback_url = `http://127.0.0.1:${await unusedPort()}/`;
    const input = { detect_task_id: taskId('exhausted'), callback_url };
    const fresh = newHead(input, ownerNamed('1-exhausted'), testDefaults, nowMs);
    const head = await records.create(fresh, { mayReplaceTombstone: true });
    if (head === 'conflict') throw new Error('is there already');
    const final = await records.abandon(head, detectionError('UNAUTHORIZED'), none);
    if (final === 'conflict') throw new Error('was changed meanwhile');
    const delivery = { ...newDelivery(final, nowMs), attempts: 9 };
    await records.recordDelivery(final, delivery, nowMs);
  }

  async function rated(id: string, RATE_LIMIT: string): Promise<void> {
    provider.submit([{ step: 'succeeded', faces: 1 }], id);
    const poll = await start('PollerPoll', { RATE_LIMIT });
    await poll.invoke({ state: { detect_task_id: id }, ...ownerNamed(`1-${id}`) });
  }

  async function start(id: string, more: Record<string, string> = {}): Promise<Sandbox> {
    const sandbox = await startSandbox(deployedFunction(id, inject('secretStack')), {
      AWS_ENDPOINT_URL: aws.endpoint,
      CRUN_BASE_URL: provider.baseUrl,
      ...more,
    });
    sandboxes.push(sandbox);
    return sandbox;
  }

  function eventOf(code: Code) {
    const state: PollState = {
      v: 2,
      next: 'wait',
      detect_task_id: taskId(code),
      attempt: 1,
      wait_seconds: 5,
      polling_since: new Date(nowMs - 3_000_000).toISOString(),
      has_seen_processing: true,
      troubles: 0,
      holds: 0,
      violations: 4,
      code_at_deadline: code,
      polls: 10,
      invocations: 8,
      transitions: 24,
      lambda_ms: 3_000,
    };
    const { execution_name, execution_arn } = ownerNamed(`1-${code}`);
    return { state, execution_name, execution_arn };
  }

  const documents = (): Document[] =>
    sandboxes
      .flatMap((sandbox) => sandbox.output().split('\n'))
      .filter((line) => line.startsWith('{"_aws"'))
      .map((line) => JSON.parse(line) as Document);

  /** Under exactly these dimensions, as CloudWatch tells metrics apart. */
  const isWritten = (metric: string, dimensions: Record<string, string>): boolean =>
    documents().some(({ _aws: { CloudWatchMetrics }, ...document }) =>
      CloudWatchMetrics.some(
        ({ Namespace, Dimensions, Metrics }) =>
          Namespace === 'FaceDetectionPoller' &&
          Metrics.some(({ Name }) => Name === metric) &&
          Dimensions.some(
            (names) =>
              names.toSorted().join() === Object.keys(dimensions).toSorted().join() &&
              names.every((name) => document[name] === dimensions[name]),
          ),
      ),
    );

  it('watches what the bundles write, each under its very dimensions', () => {
    const watched = watchedMetrics();
    expect(watched.length).toBeGreaterThanOrEqual(codes.length + 5);
    expect(watched.filter(({ metric, dimensions }) => !isWritten(metric, dimensions))).toEqual([]);
  });

  it('does not watch what nothing writes: another table, another code', () => {
    expect(isWritten('Overdue', { TableName: 'another' })).toBe(false);
    expect(isWritten('Abandoned', { TableName: tableName })).toBe(false);
  });
});
