import { describe, expect, it } from 'vitest';

import { parseEnvironment, RecordEnv, recordDefaultsOf } from '../../functions/environment.ts';

const environment = {
  TABLE_NAME: 'Records',
  DEADLINE_SECONDS: '3600',
  RETENTION_DAYS: '30',
  SHARDS: '1',
  CALLBACK_HOSTS: '*',
  CALLBACK_PORTS: '443',
};
const callbacksOf = (more: Record<string, string>): unknown =>
  recordDefaultsOf(parseEnvironment('Poll', RecordEnv, { ...environment, ...more })).callbacks;

describe('the environment of every function', () => {
  it('lets callbacks go to loopback where it says so in so many words, and nowhere else', () => {
    expect(callbacksOf({})).toEqual({ ports: [443] });
    expect(callbacksOf({ CALLBACK_LOOPBACK: '1' })).toEqual({ ports: [443], allowLoopback: true });
    expect(() => callbacksOf({ CALLBACK_LOOPBACK: 'true' })).toThrow(/is wrong in CALLBACK_LOOPBACK$/);
  });
});
