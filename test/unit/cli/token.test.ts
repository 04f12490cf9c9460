import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { openTokenStore } from '../../../cli/token-store.ts';
import { unknownForMs } from '../../../functions/authorize/authorize.ts';
import { parseTokens } from '../../../functions/authorize/token.ts';
import { run } from '../../support/cli-in-process.ts';

const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token-AbCdEf';
const [first, second] = ['first', 'second'].map((name) => name.repeat(8));

const cloudformation = mockClient(CloudFormationClient);
const secrets = mockClient(SecretsManagerClient);
afterAll(() => [cloudformation, secrets].forEach((client) => client.restore()));
beforeEach(() => {
  for (const client of [cloudformation, secrets]) client.reset();
  slept = [];
  stackHas({ ApiTokenSecretArn: secretArn });
  secrets.on(PutSecretValueCommand).resolves({});
  secretHas(first);
});

function stackHas(outputs: Record<string, string>): void {
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  const stack = { StackName: 'Faces', CreationTime: new Date(0), StackStatus: 'CREATE_COMPLETE' as const };
  cloudformation.on(DescribeStacksCommand).resolves({ Stacks: [{ ...stack, Outputs }] });
}
const secretHas = (SecretString: string | undefined) =>
  secrets.on(GetSecretValueCommand).resolves(SecretString === undefined ? {} : { SecretString });
let slept: number[] = [];
const token = (...options: string[]) =>
  run(['token', ...options], {
    openTokenStore: (connection) => openTokenStore('Faces', connection, async (ms) => slept.push(ms)),
  });
const stored = () => secrets.commandCalls(PutSecretValueCommand).map(({ args }) => args[0].input);
const storedTokens = () => stored().map(({ SecretString = '' }) => parseTokens(SecretString));

describe('token', () => {
  it('prints the newest token and nothing else, and stores nothing', async () => {
    secretHas(`${first}\n${second}\n`);
    expect(await token()).toEqual({ code: 0, stdout: `${first}\n`, stderr: '' });
    expect(JSON.parse((await token('--json')).stdout)).toEqual({ token: first, valid: 2 });
    expect(secrets.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({ SecretId: secretArn });
    expect(stored()).toEqual([]);
  });

  it('puts a new one of 256 bits before the old one', async () => {
    const { code, stdout, stderr } = await token('--rotate');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'The old token is valid until face-poller token --revoke.\n',
    });
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stored()).toMatchObject([{ SecretId: secretArn }]);
    expect(storedTokens()).toEqual([[stdout.trim(), first]]);
    expect((await token('--rotate')).stdout).not.toBe(stdout);
  });

  it('gives a new one when every function would read it, however many wrong ones came before', async () => {
    await token();
    expect(slept).toEqual([]);
    await token('--rotate');
    expect(slept).toEqual([unknownForMs]);
  });

  it('does not put a third one before two', async () => {
    secretHas(`${first} ${second}`);
    expect(await token('--rotate')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        '--rotate: two tokens are valid already; revoke the old one first with face-poller token --revoke\n',
    });
    expect(stored()).toEqual([]);
  });

  it('removes the old one, and says so where there is none', async () => {
    expect(await token('--revoke')).toEqual({ code: 0, stdout: '', stderr: 'There is no old token.\n' });
    expect(stored()).toEqual([]);
    secretHas(`${first} ${second}`);
    expect(await token('--revoke')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'What was revoked stops working within six minutes.\n',
    });
    expect(JSON.parse((await token('--revoke', '--json')).stdout)).toEqual({ valid: 1, revoked: 1 });
    expect(storedTokens()).toEqual([[first], [first]]);
  });

  it('replaces all of them at once, also what is unusable', async () => {
    for (const [text, revoked] of [
      [`${first} ${second}`, 2],
      ['too short', 0],
      [undefined, 0],
    ] as const) {
      secretHas(text);
      const { code, stdout } = await token('--rotate', '--revoke', '--json');
      const answer = JSON.parse(stdout) as { token: string };
      expect([code, answer]).toEqual([0, { token: expect.any(String) as string, valid: 1, revoked }]);
      expect(storedTokens().at(-1)).toEqual([answer.token]);
    }
  });

  it.each([[[]], [['--rotate']], [['--revoke']]])(
    'does not repeat what is unusable: %j',
    async (options: string[]) => {
      secretHas('an unusable secret');
      const { code, stdout, stderr } = await token(...options);
      expect([code, stdout]).toEqual([5, '']);
      expect(stderr).toBe(
        `${secretArn}: the tokens must be one or two, the newest first, each of 32 to 256 letters, digits or "-._~+/"; face-poller token --rotate --revoke stores another\n`,
      );
      expect(stored()).toEqual([]);
    },
  );

  it('does not repeat a token where AWS does', async () => {
    secrets.on(PutSecretValueCommand).callsFake(({ SecretString }: { SecretString: string }) => {
      throw new Error(`Value '${SecretString}' failed to satisfy constraint`);
    });
    const { code, stdout, stderr } = await token('--rotate');
    expect({ code, stdout, stderr }).toEqual({
      code: 5,
      stdout: '',
      stderr: "Error: Value '… …' failed to satisfy constraint\n",
    });
  });

  it('names the setting where the stack has no token', async () => {
    stackHas({ TableName: 'other', ApiUrl: 'https://api.example' });
    expect(await token()).toEqual({
      code: 5,
      stdout: '',
      stderr: 'FACE_POLLER_STACK: the HTTP API of the stack Faces has no token; deploy with apiToken=true\n',
    });
  });
});
