import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';

import { limitRequests } from '../../../client/limit-requests.ts';
import { limiterPolicy } from '../../../client/request-limiter.ts';
import { createVirtualClock } from '../../support/virtual-clock.ts';

interface Bucket {
  size: number;
  perSecond: number;
}

interface Service {
  buckets: Record<string, Bucket>;
  /** The error where a bucket is empty. */
  throttling?: string;
}

/** AWS behind the SDK: every operation has a token bucket, and takes 40 ms. */
function account({ buckets, throttling = 'ThrottlingException' }: Service) {
  const clock = createVirtualClock();
  const levels = new Map<string, { tokens: number; atMs: number }>();
  const counted = { accepted: 0, throttled: 0 };
  const startedMs = clock.now();

  function take(operation: string): boolean {
    const { size, perSecond } = buckets[operation] ?? { size: Infinity, perSecond: 1 };
    const level = levels.get(operation) ?? { tokens: size, atMs: clock.now() };
    const tokens = Math.min(size, level.tokens + ((clock.now() - level.atMs) * perSecond) / 1_000);
    const isAccepted = tokens >= 1;
    levels.set(operation, { tokens: isAccepted ? tokens - 1 : tokens, atMs: clock.now() });
    return isAccepted;
  }

  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ headers }: { headers: Record<string, string> }) {
      await clock.sleep(20);
      const isAccepted = take(headers['x-amz-target']?.split('.').at(-1) ?? '');
      counted[isAccepted ? 'accepted' : 'throttled'] += 1;
      await clock.sleep(20);
      const answer = isAccepted
        ? { executionArn: 'arn', startDate: 0, status: 'RUNNING' }
        : { __type: `com.amazonaws#${throttling}`, message: 'Rate exceeded' };
      const body = Buffer.from(JSON.stringify(answer));
      return { response: { statusCode: isAccepted ? 200 : 400, headers: {}, body } } as never;
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
  const config = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler,
  };
  return { clock, counted, config, secondsSince: () => (clock.now() - startedMs) / 1_000 };
}

const startExecution = { size: 1_300, perSecond: 300 };

function stepFunctions(service: Service) {
  const made = account(service);
  const client = new SFNClient(made.config);
  const { end } = limitRequests(client, 'Step Functions', made.clock);
  const start = (number: number) =>
    client.send(new StartExecutionCommand({ stateMachineArn: 'arn', name: `1-${number}` }));
  /** A thousand at a time, as the command line does. */
  const startMany = async (count: number): Promise<void> => {
    const numbers = Array.from({ length: count }).keys();
    const worker = async (): Promise<void> => {
      for (const number of numbers) await start(number);
    };
    await made.clock.attend(() => Promise.all(Array.from({ length: Math.min(count, 1_000) }, worker)));
  };
  return { ...made, client, end, start, startMany };
}

// The SDK loads some of its parts at its first call, which takes real time.
beforeAll(async () => {
  const { config } = account({ buckets: {} });
  const sleepless = {
    ...config.requestHandler,
    handle: async () => ({ response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } }) as never,
  };
  await new SFNClient({ ...config, requestHandler: sleepless }).send(
    new DescribeExecutionCommand({ executionArn: 'arn' }),
  );
});

describe('requests within the quotas of the account', () => {
  it('start 2,000 tasks about as fast as StartExecution allows, and never surface throttling', async () => {
    const { startMany, counted, secondsSince } = stepFunctions({
      buckets: { StartExecution: startExecution },
    });
    const count = 2_000;
    await startMany(count);
    const idealSeconds = (count - startExecution.size) / startExecution.perSecond;
    expect(counted.accepted).toBe(count);
    expect(secondsSince()).toBeLessThan(1.15 * idealSeconds + 1);
    expect(counted.throttled).toBeLessThan(1_500);
  });

  it('lose no time where none is throttled', async () => {
    const { startMany, secondsSince } = stepFunctions({ buckets: {} });
    await startMany(1_000);
    expect(secondsSince()).toBe(0.04);
  });

  it('find room again after other programs have used up the quota', async () => {
    const { startMany, counted, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 1, perSecond: 100 } },
    });
    await startMany(500);
    expect(counted.accepted).toBe(500);
    expect(secondsSince()).toBeLessThan(15);
  });

  it('wait in the same way where a million executions are open', async () => {
    const { startMany, counted } = stepFunctions({
      buckets: { StartExecution: { size: 10, perSecond: 5 } },
      throttling: 'ExecutionLimitExceeded',
    });
    await startMany(100);
    expect(counted.accepted).toBe(100);
  });

  it.each([
    ['ExecutionLimitExceeded', 'as many executions are open as the account may have'],
    ['ThrottlingException', 'something else in the account uses up its quota of StartExecution'],
  ])('end in one sentence when none was accepted for two minutes: %s', async (throttling, because) => {
    const { start, clock, counted, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 0, perSecond: 0 } },
      throttling,
    });
    const failed = (): Promise<string[]> =>
      clock.attend(() =>
        Promise.all([1, 2, 3].map((number) => start(number).catch((error: Error) => error.message))),
      ) as Promise<string[]>;
    const sentence = `Step Functions has accepted nothing for 2 minutes, because ${because}; start or watch the same ids later to go on.`;
    expect(await failed()).toEqual([sentence, sentence, sentence]);
    expect(secondsSince()).toBeLessThan(limiterPolicy.patienceMs / 1_000 + 5);
    const { throttled } = counted;
    // The next requests are rejected at once.
    expect(await failed()).toEqual([sentence, sentence, sentence]);
    expect(counted.throttled).toBe(throttled);
  });

  it('are limited for each operation on its own', async () => {
    const { startMany, client, clock, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 1, perSecond: 2 } },
    });
    const starting = startMany(20);
    await clock.attend(() => clock.sleep(1_000));
    const beganMs = clock.now();
    await clock.attend(() => client.send(new DescribeExecutionCommand({ executionArn: 'arn' })));
    expect(clock.now() - beganMs).toBe(40);
    await starting;
    expect(secondsSince()).toBeGreaterThan(5);
  });

  it('are limited at the database too', async () => {
    const { config, clock, counted } = account({
      buckets: { GetItem: { size: 100, perSecond: 50 } },
      throttling: 'ProvisionedThroughputExceededException',
    });
    const client = new DynamoDBClient(config);
    limitRequests(client, 'DynamoDB', clock);
    await clock.attend(() =>
      Promise.all(
        Array.from({ length: 200 }, () => client.send(new GetItemCommand({ TableName: 'table', Key: {} }))),
      ),
    );
    expect(counted.accepted).toBe(200);
  });

  it('end at once when the client is closed', async () => {
    const { start, end, clock, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 0, perSecond: 0 } },
    });
    const starting = Promise.allSettled([start(1), start(2)]);
    await clock.attend(() => clock.sleep(5_000));
    end();
    const ended = await clock.attend(() => starting);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(secondsSince()).toBeLessThan(5.1);
    await expect(start(3)).rejects.toThrow('Step Functions gets no more requests');
  });

  it('throw every other error at once', async () => {
    const { start, clock, counted } = stepFunctions({
      buckets: { StartExecution: { size: 0, perSecond: 0 } },
      throttling: 'StateMachineDoesNotExist',
    });
    const failure = await clock.attend(() => start(1).catch((error: Error) => error.name));
    expect([failure, counted.throttled]).toEqual(['StateMachineDoesNotExist', 1]);
  });
});
