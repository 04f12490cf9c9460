import { describe, expect, it } from 'vitest';

import { invalidEnvironment } from '../../../functions/environment.ts';
import { parsePollEnv } from '../../../functions/poll/env.ts';
import { recordEnvironment } from '../../support/aws.ts';

const environment = {
  ...recordEnvironment,
  CRUN_BASE_URL: 'https://api.crun.ai',
  EVENT_BUS_NAME: 'default',
  API_KEY_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key',
  WORKFLOW_TYPE: 'EXPRESS',
  FIRST_INVOCATION_BUDGET_SECONDS: '5',
  RATE_LIMIT: '2',
};

describe('the environment of the Poll function', () => {
  it('is parsed with numbers as numbers, and without other variables', () => {
    expect(parsePollEnv({ ...environment, PATH: '/bin' })).toEqual({
      ...environment,
      DEADLINE_SECONDS: 3_600,
      RETENTION_DAYS: 30,
      SHARDS: 1,
      FIRST_INVOCATION_BUDGET_SECONDS: 5,
      RATE_LIMIT: 2,
    });
  });

  it.each(
    Object.entries({
      TABLE_NAME: [undefined, ''],
      CRUN_BASE_URL: [undefined, 'api.crun.ai'],
      API_KEY_SECRET_ARN: [''],
      API_KEY_PARAMETER_NAME: [''],
      DEADLINE_SECONDS: [undefined, '', '4', '86401', '1.5', 'an hour'],
      RETENTION_DAYS: ['0', '3651'],
      SHARDS: ['0', '65', '1.5'],
      WORKFLOW_TYPE: [undefined, 'express'],
      FIRST_INVOCATION_BUDGET_SECONDS: ['0', '226', '2.5'],
      LATER_INVOCATION_BUDGET_SECONDS: ['-1', '226', '2.5'],
      RATE_LIMIT: [undefined, '', '-1', '3001', '0.001'],
    }).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  )('is rejected by the name of %s for %j, without naming the value', (name, value) => {
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
