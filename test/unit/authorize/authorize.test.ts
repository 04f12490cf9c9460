import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { createAuthorize, knownForMs, unknownForMs } from '../../../functions/authorize/authorize.ts';
import { storedTokens } from '../../../functions/authorize/stored-tokens.ts';
import { InvalidTokensError } from '../../../functions/authorize/token.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';

const [first = '', second = ''] = ['first', 'second'].map((name) => name.repeat(8));
const secretArn = 'the-secret';
const secrets = mockClient(SecretsManagerClient);
afterAll(() => secrets.restore());

const store = (SecretString: string) => secrets.on(GetSecretValueCommand).resolves({ SecretString });
const reads = () => secrets.commandCalls(GetSecretValueCommand).length;

describe('a request', () => {
  let nowMs: number;
  let measured: Measurement[];
  let authorize: ReturnType<typeof createAuthorize>;
  beforeEach(() => {
    secrets.reset();
    store(first);
    nowMs = 1_000_000;
    measured = [];
    const tokens = storedTokens({ client: new SecretsManagerClient({}), secretArn, now: () => nowMs });
    authorize = createAuthorize({ tokens, measure: (...one) => void measured.push(one) });
  });
  const pass = (token: string): Promise<boolean> => authorize(`Bearer ${token}`);

  it('passes by either token, and is counted by which', async () => {
    store(`${second}\n${first}`);
    expect([await pass(second), await pass(first), await pass('x'), await authorize(undefined)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(measured).toEqual(
      ['newest', 'old', 'rejected', 'rejected'].map((token) => ['authorizations', 1, token]),
    );
    expect(secrets.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({ SecretId: secretArn });
  });

  it('causes a read in a minute where its token is known', async () => {
    for (const afterMs of [0, 1, knownForMs - 2]) {
      nowMs += afterMs;
      expect(await pass(first)).toBe(true);
    }
    expect(reads()).toBe(1);
    nowMs += 1;
    expect(await pass(first)).toBe(true);
    expect(reads()).toBe(2);
  });

  it('passes by a new token at once, and by a revoked one for a minute at most', async () => {
    expect(await pass(first)).toBe(true);
    store(second);
    nowMs += unknownForMs;
    expect(await pass(second)).toBe(true);
    expect(await pass(first)).toBe(false);
    store(first);
    nowMs += knownForMs - 1;
    expect(await pass(second)).toBe(true);
    nowMs += 1;
    expect(await pass(second)).toBe(false);
  });

  it('does not pass by a revoked token where the clock was a day ahead when it was read', async () => {
    nowMs += 86_400_000;
    expect(await pass(first)).toBe(true);
    store(second);
    nowMs -= 86_400_000;
    expect(await pass(first)).toBe(false);
  });

  it('causes no more than a read a second, however many wrong tokens there are', async () => {
    for (let index = 0; index < 100; index += 1) {
      expect(await pass(`wrong-${index}`)).toBe(false);
      nowMs += 50;
    }
    expect(reads()).toBe(5);
  });

  it('neither passes nor is refused while the tokens cannot be read, and nothing is counted', async () => {
    secrets.on(GetSecretValueCommand).rejects(new Error('down'));
    await expect(pass(first)).rejects.toThrow('down');
    store(first);
    expect(await pass(first)).toBe(true);
    secrets.on(GetSecretValueCommand).rejects(new Error('down'));
    nowMs += unknownForMs;
    expect(await pass(first)).toBe(true);
    await expect(pass(second)).rejects.toThrow('down');
    store('unusable');
    nowMs += knownForMs;
    await expect(pass(first)).rejects.toThrow(InvalidTokensError);
    expect(measured).toHaveLength(2);
  });
});
