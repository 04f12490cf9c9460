import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';

import { pace } from '../../../client/pace.ts';
import { pacing } from '../../../client/pacer.ts';
import { createVirtualClock } from '../../support/virtual-clock.ts';

interface Bucket {
  size: number;
  perSecond: number;
}

interface Service {
  buckets: Record<string, Bucket>;
  /** What is said where a bucket is empty. */
  refusal?: string;
}

/** AWS behind the SDK: every operation has a token bucket, and takes 40 ms. */
function account({ buckets, refusal = 'ThrottlingException' }: Service) {
  const clock = createVirtualClock();
  const levels = new Map<string, { tokens: number; atMs: number }>();
  const counted = { taken: 0, rejected: 0 };
  const startedMs = clock.now();

  function take(operation: string): boolean {
    const { size, perSecond } = buckets[operation] ?? { size: Infinity, perSecond: 1 };
    const level = levels.get(operation) ?? { tokens: size, atMs: clock.now() };
    const tokens = Math.min(size, level.tokens + ((clock.now() - level.atMs) * perSecond) / 1_000);
    const isTaken = tokens >= 1;
    levels.set(operation, { tokens: isTaken ? tokens - 1 : tokens, atMs: clock.now() });
    return isTaken;
  }

  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ headers }: { headers: Record<string, string> }) {
      await clock.sleep(20);
      const isTaken = take(headers['x-amz-target']?.split('.').at(-1) ?? '');
      counted[isTaken ? 'taken' : 'rejected'] += 1;
      await clock.sleep(20);
      const answer = isTaken
        ? { executionArn: 'arn', startDate: 0, status: 'RUNNING' }
        : { __type: `com.amazonaws#${refusal}`, message: 'Rate exceeded' };
      const body = Buffer.from(JSON.stringify(answer));
      return { response: { statusCode: isTaken ? 200 : 400, headers: {}, body } } as never;
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
  const { end } = pace(client, 'Step Functions', made.clock);
  const start = (number: number) =>
    client.send(new StartExecutionCommand({ stateMachineArn: 'arn', name: `1-${number}` }));
  /** As the command line does it: so many under way at a time. */
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

describe('paced to the quotas of the account', () => {
  it('starts 2,000 tasks about as fast as StartExecution allows, and nobody hears of throttling', async () => {
    const { startMany, counted, secondsSince } = stepFunctions({
      buckets: { StartExecution: startExecution },
    });
    const count = 2_000;
    await startMany(count);
    const idealSeconds = (count - startExecution.size) / startExecution.perSecond;
    expect(counted.taken).toBe(count);
    expect(secondsSince()).toBeLessThan(1.15 * idealSeconds + 1);
    expect(counted.rejected).toBeLessThan(1_500);
  });

  it('loses no time where nothing is refused', async () => {
    const { startMany, secondsSince } = stepFunctions({ buckets: {} });
    await startMany(1_000);
    expect(secondsSince()).toBe(0.04);
  });

  it('finds room again after others have used up everything', async () => {
    const { startMany, counted, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 1, perSecond: 100 } },
    });
    await startMany(500);
    expect(counted.taken).toBe(500);
    expect(secondsSince()).toBeLessThan(15);
  });

  it('waits in the same way where a million executions are open', async () => {
    const { startMany, counted } = stepFunctions({
      buckets: { StartExecution: { size: 10, perSecond: 5 } },
      refusal: 'ExecutionLimitExceeded',
    });
    await startMany(100);
    expect(counted.taken).toBe(100);
  });

  it.each([
    ['ExecutionLimitExceeded', 'as many executions are open as the account may have'],
    ['ThrottlingException', 'something else in the account uses up its quota of StartExecution'],
  ])('says so in one sentence when nothing was taken for long: %s', async (refusal, because) => {
    const { start, clock, counted, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 0, perSecond: 0 } },
      refusal,
    });
    const failed = (): Promise<string[]> =>
      clock.attend(() =>
        Promise.all([1, 2, 3].map((number) => start(number).catch((error: Error) => error.message))),
      ) as Promise<string[]>;
    const sentence = `Step Functions has taken nothing for 2 minutes, because ${because}; start or watch the same ids later to go on.`;
    expect(await failed()).toEqual([sentence, sentence, sentence]);
    expect(secondsSince()).toBeLessThan(pacing.patienceMs / 1_000 + 5);
    const { rejected } = counted;
    // Whoever comes right after is not kept waiting for the same.
    expect(await failed()).toEqual([sentence, sentence, sentence]);
    expect(counted.rejected).toBe(rejected);
  });

  it('paces each operation by itself', async () => {
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

  it('holds for the database too', async () => {
    const { config, clock, counted } = account({
      buckets: { GetItem: { size: 100, perSecond: 50 } },
      refusal: 'ProvisionedThroughputExceededException',
    });
    const client = new DynamoDBClient(config);
    pace(client, 'DynamoDB', clock);
    await clock.attend(() =>
      Promise.all(
        Array.from({ length: 200 }, () => client.send(new GetItemCommand({ TableName: 'table', Key: {} }))),
      ),
    );
    expect(counted.taken).toBe(200);
  });

  it('ends at once for whoever waits, when the client is closed', async () => {
    const { start, end, clock, secondsSince } = stepFunctions({
      buckets: { StartExecution: { size: 0, perSecond: 0 } },
    });
    const starting = Promise.allSettled([start(1), start(2)]);
    await clock.attend(() => clock.sleep(5_000));
    end();
    const ended = await clock.attend(() => starting);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(secondsSince()).toBeLessThan(5.1);
    await expect(start(3)).rejects.toThrow('Step Functions is not asked any more');
  });

  it('throws at once what is no matter of quantity', async () => {
    const { start, clock, counted } = stepFunctions({
      buckets: { StartExecution: { size: 0, perSecond: 0 } },
      refusal: 'StateMachineDoesNotExist',
    });
    const failure = await clock.attend(() => start(1).catch((error: Error) => error.name));
    expect([failure, counted.rejected]).toEqual(['StateMachineDoesNotExist', 1]);
  });
});
