import { Readable } from 'node:stream';

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { openKeyStore } from '../../../cli/key-store.ts';
import { run, terminal } from '../../support/cli-in-process.ts';

/** Looks like nothing else, so that finding it anywhere is a leak. */
const canary = ['canary', 'k3y', 'n0b0dy-sees'].join('-');
const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf';

const cloudformation = mockClient(CloudFormationClient);
const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);
afterAll(() => [cloudformation, secrets, parameters].forEach((client) => client.restore()));
beforeEach(() => {
  for (const client of [cloudformation, secrets, parameters]) client.reset();
  secrets.on(PutSecretValueCommand).resolves({});
  parameters.on(PutParameterCommand).resolves({});
  stackHas({ ApiKeySecretArn: secretArn });
});

function stackHas(outputs: Record<string, string>): void {
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  const stack = { StackName: 'Faces', CreationTime: new Date(0), StackStatus: 'CREATE_COMPLETE' as const };
  cloudformation.on(DescribeStacksCommand).resolves({ Stacks: [{ ...stack, Outputs }] });
}
const setKey = (stdin: NodeJS.ReadableStream, args: string[] = []) =>
  run(['set-key', ...args], { stdin, openKeyStore: (connection) => openKeyStore('Faces', connection) });
const storedSecrets = () => secrets.commandCalls(PutSecretValueCommand).map(({ args }) => args[0].input);
const storedParameters = () => parameters.commandCalls(PutParameterCommand).map(({ args }) => args[0].input);

describe('set-key', () => {
  it('stores the key of a pipe, without the newline at its end, and says where', async () => {
    const ended = await setKey(Readable.from([`${canary}\n`]));
    expect(ended).toEqual({ code: 0, stdout: `The API key is stored in ${secretArn}\n`, stderr: '' });
    expect(storedSecrets()).toEqual([{ SecretId: secretArn, SecretString: canary }]);
    const asked = cloudformation.commandCalls(DescribeStacksCommand).map(({ args }) => args[0].input);
    expect(asked).toEqual([{ StackName: 'Faces' }]);
  });

  it('says where for a program, too', async () => {
    const { stdout } = await setKey(Readable.from([canary]), ['--json']);
    expect(JSON.parse(stdout)).toEqual({ stored_in: secretArn });
  });

  it.each([
    [{}, {}],
    [{ ApiKeyEncryptionKeyArn: 'arn:of:a:key' }, { KeyId: 'arn:of:a:key' }],
  ])(
    'makes or overwrites a SecureString where the stack keeps the key in a parameter: %j',
    async (more, expected) => {
      stackHas({ ApiKeyParameterName: '/crun/key', ...more });
      const { stdout } = await setKey(Readable.from([canary]));
      expect(stdout).toBe('The API key is stored in /crun/key\n');
      const parameter = { Name: '/crun/key', Value: canary, Type: 'SecureString', Overwrite: true };
      expect(storedParameters()).toEqual([{ ...parameter, ...expected }]);
      expect(storedSecrets()).toEqual([]);
    },
  );

  it.each([
    ['nothing', '', 'API key: none came from standard input; nothing was stored'],
    ['white space', ' \n\n', 'API key: none came from standard input; nothing was stored'],
    [
      'two lines',
      `${canary}\n${canary}`,
      'API key: must be printable ASCII without spaces; nothing was stored',
    ],
    ['a space', `${canary} x`, 'API key: must be printable ASCII without spaces; nothing was stored'],
    ['no ASCII', `${canary}é`, 'API key: must be printable ASCII without spaces; nothing was stored'],
  ])('rejects %s in one sentence, without repeating it', async (_what, text, sentence) => {
    const ended = await setKey(Readable.from([text]));
    expect(ended).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
    expect(storedSecrets()).toEqual([]);
  });

  it.each([
    ['does', canary],
    ['cuts it', canary.slice(0, -3)],
    ['escapes it', encodeURIComponent(canary)],
  ])('does not repeat the key where AWS %s', async (_what, said) => {
    secrets.on(PutSecretValueCommand).rejects(new Error(`Value '${said}' failed to satisfy constraint`));
    const { code, stdout, stderr } = await setKey(Readable.from([canary]));
    expect({ code, stdout, stderr }).toEqual({
      code: 5,
      stdout: '',
      stderr: "Error: Value '…' failed to satisfy constraint\n",
    });
  });

  it('asks for no key where the stack has no place for it', async () => {
    stackHas({ TableName: 'other' });
    const { input } = terminal();
    const { code, stderr } = await setKey(input);
    expect(code).toBe(5);
    expect(stderr).toBe(
      'FACE_POLLER_STACK: the stack Faces has no usable output ApiKeySecretArn or ApiKeyParameterName; is it a face detection poller?\n',
    );
  });
});

describe('set-key at a terminal', () => {
  const prompt = 'API key of crun.ai (not shown): \n';

  it('shows nothing of what is typed, and leaves the terminal as it was', async () => {
    const { input, modes, type } = terminal();
    const ending = setKey(input);
    // A letter too many, taken back.
    type(`${canary}x\u007F\r`);
    const { stdout, stderr } = await ending;
    expect({ stdout, stderr }).toEqual({ stdout: `The API key is stored in ${secretArn}\n`, stderr: prompt });
    expect(storedSecrets()).toEqual([{ SecretId: secretArn, SecretString: canary }]);
    expect(modes).toEqual([true, false]);
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('stores nothing after %s, and leaves the terminal as it was', async (_what, keys) => {
    const { input, modes, type } = terminal();
    const ending = setKey(input);
    type(keys);
    const interruption = 'Interrupted: nothing was stored.\n';
    expect(await ending).toEqual({ code: 130, stdout: '', stderr: `${prompt}${interruption}` });
    expect(storedSecrets()).toEqual([]);
    expect(modes).toEqual([true, false]);
  });

  it('leaves the terminal as it was when it is ended from outside', async () => {
    const { input, modes } = terminal();
    const controller = new AbortController();
    const ending = run(['set-key'], {
      stdin: input,
      signal: controller.signal,
      openKeyStore: (connection) => openKeyStore('Faces', connection),
    });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await ending).toMatchObject({ code: 130 });
    expect(storedSecrets()).toEqual([]);
    expect(modes.at(-1)).not.toBe(true);
  });
});
