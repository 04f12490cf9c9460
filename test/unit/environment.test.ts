import { describe, expect, it } from 'vitest';

import {
  parseEnvironment,
  RecordEnv,
  recordDefaultsOf,
  RecordRetentionDays,
  sdkTransport,
  Shards,
} from '../../functions/environment.ts';
import { recordEnvironment as environment } from '../support/aws.ts';

const callbacksOf = (more: Record<string, string>): unknown =>
  recordDefaultsOf(parseEnvironment('Poll', RecordEnv, { ...environment, ...more })).callbacks;

describe('the environment of every function', () => {
  it('lets callbacks go to loopback where it says so in so many words, and nowhere else', () => {
    expect(callbacksOf({})).toEqual({ ports: [443] });
    expect(callbacksOf({ CALLBACK_LOOPBACK: '1' })).toEqual({ ports: [443], allowLoopback: true });
    expect(() => callbacksOf({ CALLBACK_LOOPBACK: 'true' })).toThrow(/is wrong in CALLBACK_LOOPBACK$/);
  });

  it('lets callbacks go to any host, or to those that it names, at the ports that it names', () => {
    const narrow = { CALLBACK_HOSTS: 'a.example,b.example', CALLBACK_PORTS: '443,8443' };
    expect(callbacksOf(narrow)).toEqual({ hosts: ['a.example', 'b.example'], ports: [443, 8_443] });
    for (const ports of ['', '443,', 'https', '123456'])
      expect(() => callbacksOf({ CALLBACK_PORTS: ports })).toThrow(/is wrong in CALLBACK_PORTS$/);
  });

  it('says for how long and how finely records are kept, in the units of the record', () => {
    const { CALLBACK_HOSTS: _, ...incomplete } = environment;
    expect(recordDefaultsOf(parseEnvironment('Poll', RecordEnv, environment))).toEqual({
      deadlineSeconds: 3_600,
      retentionSeconds: 30 * 86_400,
      shards: 1,
      callbacks: { ports: [443] },
    });
    expect(() => parseEnvironment('Poll', RecordEnv, incomplete)).toThrow(
      "the Poll function's environment is wrong in CALLBACK_HOSTS",
    );
  });

  it('has bounds, which are said in one sentence', () => {
    for (const days of [0, 3_651, 1.5])
      expect(RecordRetentionDays.safeParse(days).error?.issues[0]?.message).toBe(
        'must be a whole number of days from 1 to 3650',
      );
    for (const shards of [0, 65, 1.5])
      expect(Shards.safeParse(shards).error?.issues[0]?.message).toBe('must be a whole number from 1 to 64');
  });

  it('that is wrong ends the deployment by a name that no retrier knows', () => {
    expect(() => parseEnvironment('Poll', RecordEnv, {})).toThrow(
      expect.objectContaining({ name: 'InvalidEnvironmentError' }),
    );
  });
});

describe('a call to AWS', () => {
  it('is not waited for without end: it fails, rather than warn', () => {
    expect(sdkTransport).toMatchObject({ throwOnRequestTimeout: true });
    expect(sdkTransport.connectionTimeout).toBeLessThan(sdkTransport.requestTimeout);
  });
});
