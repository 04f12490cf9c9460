import { describe, expect, it } from 'vitest';

import { invalidEnvironment } from '../../../functions/environment.ts';
import { parsePollEnv } from '../../../functions/poll/env.ts';

const environment = {
  TABLE_NAME: 'face-detections',
  CRUN_BASE_URL: 'https://api.crun.ai',
  EVENT_BUS_NAME: 'default',
  API_KEY_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key',
  DEADLINE_SECONDS: '3600',
  RETENTION_DAYS: '30',
  SHARDS: '1',
  CALLBACK_HOSTS: '*',
  CALLBACK_PORTS: '443',
  WORKFLOW_TYPE: 'EXPRESS',
  INVOCATION_BUDGET_SECONDS: '5',
  RATE_LIMIT: '2',
};

describe('the environment of the Poll function', () => {
  it('is parsed with numbers as numbers, and without other variables', () => {
    expect(parsePollEnv({ ...environment, PATH: '/bin' })).toEqual({
      ...environment,
      DEADLINE_SECONDS: 3_600,
      RETENTION_DAYS: 30,
      SHARDS: 1,
      INVOCATION_BUDGET_SECONDS: 5,
      RATE_LIMIT: 2,
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
    ['WORKFLOW_TYPE', undefined],
    ['WORKFLOW_TYPE', 'express'],
    ['INVOCATION_BUDGET_SECONDS', '0'],
    ['INVOCATION_BUDGET_SECONDS', '226'],
    ['INVOCATION_BUDGET_SECONDS', '2.5'],
    ['RATE_LIMIT', undefined],
    ['RATE_LIMIT', ''],
    ['RATE_LIMIT', '-1'],
    ['RATE_LIMIT', '3001'],
    ['RATE_LIMIT', '0.001'],
    ['API_KEY_PARAMETER_NAME', ''],
  ])('is rejected by the name of %s for %j, without naming the value', (name, value) => {
    expect(() => parsePollEnv({ ...environment, [name]: value })).toThrow(
      expect.objectContaining({
        name: invalidEnvironment,
        message: `the Poll function's environment is wrong in ${name}`,
      }),
    );
  });

  const { API_KEY_SECRET_ARN: _, ...keyless } = environment;
  const parameterName = '/crun/api-key';

  it('may have the key in a parameter', () => {
    const other = parsePollEnv({ ...keyless, API_KEY_PARAMETER_NAME: parameterName });
    expect(other).toMatchObject({ API_KEY_PARAMETER_NAME: parameterName });
  });

  it.each([
    ['no place for the key', keyless],
    ['two places for the key', { ...environment, API_KEY_PARAMETER_NAME: parameterName }],
  ])('is rejected with %s', (_what, given) => {
    expect(() => parsePollEnv(given)).toThrow(
      expect.objectContaining({
        name: invalidEnvironment,
        message: "the Poll function's environment is wrong in API_KEY_SECRET_ARN or API_KEY_PARAMETER_NAME",
      }),
    );
  });
});
