import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { storedParameter } from '../../../functions/api-key/parameter.ts';
import { cachedKey, fixedKey, usableKey } from '../../../functions/api-key/reader.ts';
import { storedSecret } from '../../../functions/api-key/secret.ts';
import { testClock } from '../../support/records.ts';

const minute = 60_000;
const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);
afterAll(() => [secrets, parameters].forEach((client) => client.restore()));
beforeEach(() => {
  secrets.reset();
  parameters.reset();
});

const config = { region: 'local' };
const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key';
function reader() {
  const clock = testClock();
  return { clock, key: cachedKey(storedSecret(secretArn, config), () => clock.now()) };
}
/** The store returns one key after the other, the last for ever; `undefined` is a secret without text. */
const says = (...keys: (string | undefined)[]) => {
  const reply = secrets.on(GetSecretValueCommand);
  for (const text of keys) reply.resolvesOnce(text === undefined ? {} : { SecretString: text });
};
const reads = () => secrets.commandCalls(GetSecretValueCommand).length;

describe('a key from the secret store', () => {
  it('is read by its name, and not again for five minutes', async () => {
    says('one', 'two');
    const { clock, key } = reader();
    expect(await key.read()).toBe('one');
    clock.pass(5 * minute - 1);
    expect(await key.read()).toBe('one');
    expect(secrets.commandCalls(GetSecretValueCommand, { SecretId: secretArn })).toHaveLength(1);
    clock.pass(1);
    expect(await key.read()).toBe('two');
    expect(reads()).toBe(2);
  });

  it('is read once for concurrent callers', async () => {
    says('one', 'two');
    const { key } = reader();
    const keys = await Promise.all([key.read(), key.read(), key.readAfresh(), key.read()]);
    expect([new Set(keys), reads()]).toEqual([new Set(['one']), 1]);
  });

  it('is read afresh past the cache, and remembered', async () => {
    says('one', 'two');
    const { key } = reader();
    await key.read();
    expect(await key.readAfresh()).toBe('two');
    expect(await key.read()).toBe('two');
    expect(reads()).toBe(2);
  });

  it('serves for an hour while the secret store is down, and then no more', async () => {
    says('one');
    const { clock, key } = reader();
    await key.read();
    secrets.on(GetSecretValueCommand).rejects(new Error('down'));
    clock.pass(60 * minute - 1);
    expect(await key.read()).toBe('one');
    clock.pass(1);
    await expect(key.read()).rejects.toThrow('down');
  });

  it('throws at first while the secret store is down, and is read once that is over', async () => {
    secrets.on(GetSecretValueCommand).rejectsOnce(new Error('down')).resolves({ SecretString: 'one' });
    const { key } = reader();
    await expect(key.read()).rejects.toThrow('down');
    expect(await key.read()).toBe('one');
  });

  it('is not replaced by the old one when it is read afresh', async () => {
    says('one');
    const { key } = reader();
    await key.read();
    secrets.on(GetSecretValueCommand).rejects(new Error('down'));
    await expect(key.readAfresh()).rejects.toThrow('down');
    expect(await key.read()).toBe('one');
  });

  it.each([undefined, '', ' \n', 'two words', 'ключ', 'a\u0000b'])(
    'does not exist where %j is stored, and is read each time until it does',
    async (stored) => {
      says(stored, stored, 'one');
      const { key } = reader();
      expect([await key.read(), await key.read(), await key.read()]).toEqual([undefined, undefined, 'one']);
    },
  );

  it('does not exist where the secret has no value', async () => {
    secrets
      .on(GetSecretValueCommand)
      .rejects(new ResourceNotFoundException({ message: 'no value', $metadata: {} }));
    expect(await reader().key.read()).toBeUndefined();
  });

  it('is dropped when a later read finds none', async () => {
    says('one', '');
    const { clock, key } = reader();
    await key.read();
    clock.pass(5 * minute);
    expect(await key.read()).toBeUndefined();
  });
});

describe('a key in the parameter store', () => {
  const parameterName = '/crun/api-key';
  const parameter = () => cachedKey(storedParameter(parameterName, config), () => testClock().now());

  it('is read decrypted, by its name, and then kept', async () => {
    parameters.on(GetParameterCommand).resolves({ Parameter: { Value: 'one\n' } });
    const key = parameter();
    expect([await key.read(), await key.read()]).toEqual(['one', 'one']);
    expect(parameters.commandCalls(GetParameterCommand).map(({ args }) => args[0].input)).toEqual([
      { Name: parameterName, WithDecryption: true },
    ]);
    expect(reads()).toBe(0);
  });

  it('does not exist without the parameter, and is an error where it may not be read', async () => {
    const missing = new ParameterNotFound({ message: 'no', $metadata: {} });
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    parameters.on(GetParameterCommand).rejectsOnce(missing).rejects(denied);
    const key = parameter();
    expect(await key.read()).toBeUndefined();
    await expect(key.read()).rejects.toThrow(denied);
  });
});

describe('a usable key', () => {
  it('loses the white space around it', () => {
    expect(usableKey(' key\r\n')).toBe('key');
  });

  it('may be given instead of read', async () => {
    const key = fixedKey('key\n');
    expect([await key.read(), await key.readAfresh()]).toEqual(['key', 'key']);
    expect(await fixedKey(undefined).read()).toBeUndefined();
  });
});
