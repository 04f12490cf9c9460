import { describe, expect, it } from 'vitest';

import { invalidEnvironment } from '../../../functions/environment.ts';
import { parsePollEnv } from '../../../functions/poll/env.ts';

const environment = {
  TABLE_NAME: 'face-detections',
  CRUN_BASE_URL: 'https://api.crun.ai',
  API_KEY_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key',
  DEADLINE_SECONDS: '3600',
  RETENTION_DAYS: '30',
  SHARDS: '1',
};

describe('the environment of the Poll function', () => {
  it('is parsed once, its numbers as numbers, and what else there is left out', () => {
    expect(parsePollEnv({ ...environment, PATH: '/bin' })).toEqual({
      ...environment,
      DEADLINE_SECONDS: 3_600,
      RETENTION_DAYS: 30,
      SHARDS: 1,
    });
  });

  it.each([
    ['TABLE_NAME', undefined],
    ['TABLE_NAME', ''],
    ['CRUN_BASE_URL', undefined],
    ['CRUN_BASE_URL', 'api.crun.ai'],
    ['API_KEY_SECRET_ARN', ''],
    ['DEADLINE_SECONDS', undefined],
    ['DEADLINE_SECONDS', ''],
    ['DEADLINE_SECONDS', '4'],
    ['DEADLINE_SECONDS', '86401'],
    ['DEADLINE_SECONDS', '1.5'],
    ['DEADLINE_SECONDS', 'an hour'],
    ['RETENTION_DAYS', '0'],
    ['RETENTION_DAYS', '3651'],
    ['SHARDS', '0'],
    ['SHARDS', '65'],
    ['SHARDS', '1.5'],
  ])('is refused by the name of %s when that is %j, without its value', (name, value) => {
    expect(() => parsePollEnv({ ...environment, [name]: value })).toThrow(
      expect.objectContaining({
        name: invalidEnvironment,
        message: `the Poll function's environment is wrong in ${name}`,
      }),
    );
  });
});
