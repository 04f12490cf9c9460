import { inspect } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { tableName } from '../../../local/table.ts';
import { type Aws, startAws } from '../../support/aws.ts';
import { captureTelemetry, contextOf } from '../../support/telemetry.ts';

const [first = '', wrong = ''] = ['first', 'wrong'].map((name) => name.repeat(8));

describe('the Authorize function', () => {
  let aws: Aws;
  let stored: string | undefined;
  let handler: (typeof import('../../../functions/authorize/handler.ts'))['handler'];
  beforeAll(async () => {
    aws = await startAws(
      { API_TOKEN_SECRET_ARN: 'the-secret' },
      { GetSecretValue: () => (stored === undefined ? undefined : { SecretString: stored }) },
    );
    ({ handler } = await import('../../../functions/authorize/handler.ts'));
  });
  beforeEach(() => {
    stored = first;
  });
  afterAll(() => aws[Symbol.asyncDispose]());

  it('fails where it cannot read the tokens, so that the gateway keeps no answer, and repeats none', async () => {
    using telemetry = captureTelemetry();
    for (const text of [undefined, `${first} short`]) {
      stored = text;
      const failure: unknown = await handler({ identitySource: [`Bearer ${wrong}`] }, contextOf('a')).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(Error);
      const shown = inspect(failure, { depth: Infinity }) + telemetry.text();
      for (const token of [first, wrong]) expect(shown).not.toContain(token);
    }
    const names = telemetry.lines().map(({ error }) => (error as Error).name);
    expect(names).toEqual(['UnknownOperationException', 'InvalidTokensError']);
    expect(telemetry.documents()).toEqual([]);
  });

  it('answers in the simple form by what the gateway keeps the answer under, and logs no token', async () => {
    using telemetry = captureTelemetry();
    const answers = [];
    for (const identitySource of [
      [`Bearer ${first}`],
      [`bearer ${first}`],
      [`Bearer ${wrong}`],
      [],
      undefined,
    ])
      answers.push(await handler(identitySource === undefined ? {} : { identitySource }, contextOf('a')));
    expect(answers).toEqual([true, true, false, false, false].map((isAuthorized) => ({ isAuthorized })));
    expect(aws.calls.at(-1)).toEqual({ action: 'GetSecretValue', input: { SecretId: 'the-secret' } });
    expect(telemetry.lines()).toEqual([]);
    expect(
      telemetry.documents().map(({ TableName, Token, Authorizations }) => [TableName, Token, Authorizations]),
    ).toEqual(['newest', 'newest', 'rejected', 'rejected', 'rejected'].map((token) => [tableName, token, 1]));
    for (const token of [first, wrong]) expect(telemetry.text()).not.toContain(token);
  });
});
