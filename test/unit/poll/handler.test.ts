import { randomBytes } from 'node:crypto';

import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { key } from '../../../functions/records/table.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { tableName } from '../../../local/table.ts';
import { startAws } from '../../support/aws.ts';
import { captureTelemetry, contextOf } from '../../support/telemetry.ts';

const apiKey = randomBytes(16).toString('hex');

describe.each([
  [
    'a secret',
    () => import('../../../functions/poll/handler.ts'),
    { API_KEY_SECRET_ARN: 'the-secret' },
    'GetSecretValue',
  ],
  [
    'a parameter',
    () => import('../../../functions/poll/key-in-parameter/handler.ts'),
    { API_KEY_PARAMETER_NAME: '/key' },
    'GetParameter',
  ],
] as const)('the Poll function, its key in %s', (_place, load, keyEnvironment, readKey) => {
  let provider: Simulator;
  beforeEach(async () => {
    provider = await startSimulator({ apiKey });
  });
  afterEach(() => provider.close());

  async function openFunction(
    environment: Record<string, string> = {},
    events = { FailedEntryCount: 0 },
    faultOf?: Parameters<typeof startAws>[2],
  ) {
    const aws = await startAws(
      {
        ...keyEnvironment,
        CRUN_BASE_URL: provider.baseUrl,
        EVENT_BUS_NAME: 'the-bus',
        RATE_LIMIT: '0',
        WORKFLOW_TYPE: 'STANDARD',
        ...environment,
      },
      {
        GetSecretValue: () => ({ SecretString: apiKey }),
        GetParameter: () => ({ Parameter: { Value: apiKey } }),
        PutEvents: () => events,
      },
      faultOf,
    );
    // Another one each time, as in another sandbox.
    vi.resetModules();
    const { handler } = await load();
    const invoke = (id: string, remainingMs = 60_000) => {
      const execution_name = `1-${id}`;
      const execution_arn = `arn:aws:states:us-east-1:123456789012:execution:poller:${execution_name}`;
      return handler(
        { state: { detect_task_id: id }, execution_name, execution_arn },
        { ...contextOf('first'), getRemainingTimeInMillis: () => remainingMs },
      );
    };
    return Object.assign(aws, { invoke });
  }

  it('polls, settles and publishes', async () => {
    await using poller = await openFunction();
    const id = provider.submit([{ step: 'succeeded', faces: 2 }]);
    using telemetry = captureTelemetry();
    expect(await poller.invoke(id)).toMatchObject({ next: 'settled', detect_task_id: id });
    expect(poller.calls.map(({ action }) => action)).toEqual([readKey, 'PutEvents']);
    expect(telemetry.lines()).toMatchObject([
      { level: 'INFO', message: 'polled', detect_task_id: id, execution_name: `1-${id}` },
    ]);
    expect(telemetry.documents()).toContainEqual(
      expect.objectContaining({ TableName: tableName, Status: 'succeeded' }),
    );
    expect(telemetry.text()).not.toContain(apiKey);
  });

  it('reads the key while it loads, and again where the store was down then', async () => {
    let isDown = false;
    const faultOf = (action: string) => (isDown && action === readKey ? 'AccessDeniedException' : undefined);
    await using warm = await openFunction({}, undefined, faultOf);
    expect(warm.calls.map(({ action }) => action)).toEqual([readKey]);

    isDown = true;
    await using cold = await openFunction({}, undefined, faultOf);
    expect(cold.calls.map(({ action }) => action)).toEqual([readKey]);
    isDown = false;
    const id = provider.submit([{ step: 'succeeded', faces: 2 }]);
    using _ = captureTelemetry();
    expect(await cold.invoke(id)).toMatchObject({ next: 'settled' });
  });

  it('settles also where the event bus does not take the event, and logs that', async () => {
    await using poller = await openFunction({}, { FailedEntryCount: 1 });
    const id = provider.submit([{ step: 'succeeded', faces: 2 }]);
    using telemetry = captureTelemetry();
    expect(await poller.invoke(id)).toMatchObject({ next: 'settled' });
    expect(telemetry.lines()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'not published',
        detect_task_id: id,
        error: 'Error',
      }),
    );
  });

  it('leaves the wait to the workflow when its time is nearly up', async () => {
    await using poller = await openFunction();
    const id = provider.submit([
      { step: 'after', ms: 60_000 },
      { step: 'succeeded', faces: 2 },
    ]);
    using _ = captureTelemetry();
    expect(await poller.invoke(id, 15_000)).toMatchObject({ next: 'wait', detect_task_id: id });
    expect(provider.requestsFor(id)).toHaveLength(1);
  });

  it('reserves its calls where a rate limit is set', async () => {
    await using poller = await openFunction({ RATE_LIMIT: '5' });
    const id = provider.submit([{ step: 'succeeded', faces: 2 }]);
    using _ = captureTelemetry();
    await poller.invoke(id);
    const item = new GetItemCommand({ TableName: tableName, Key: { [key]: { S: '#rate#127.0.0.1#0' } } });
    expect((await poller.client.send(item)).Item).toHaveProperty('tat');
  });
});
