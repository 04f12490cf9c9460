/** `npm run smoke -- --stack NAME --yes`: what only an account can show, on a stack of its own. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';

import manifest from '../../package.json' with { type: 'json' };
import { plan, report, smoke } from './smoke.ts';
import { exists } from './steps.ts';
import type { World } from './world.ts';

const usage = 'npm run smoke -- --stack <name of a stack that does not exist yet> [--report <file>] [--yes]';
const root = path.join(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

const run: World['run'] = async (program, args) => {
  const own = { cdk: 'node_modules/.bin/cdk', 'face-poller': 'cli/face-poller.js' };
  const [file, before] =
    program === 'aws' ? [program, []] : [process.execPath, [path.join(root, own[program])]];
  const { stdout } = await execute(file, [...before, ...args], {
    cwd: root,
    env: { ...process.env, ...(stackName !== undefined && { FACE_POLLER_STACK: stackName }) },
    maxBuffer: 64 * 1_024 ** 2,
  }).catch(({ message, stderr }: Error & { stderr?: string }) => {
    // The message repeats the whole command.
    throw new Error(stderr?.trim() || message);
  });
  return stdout;
};

/** By curl, with the credentials on its standard input. */
async function request(url: string): Promise<number> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(
    await run('aws', ['configure', 'export-credentials', '--format', 'process']),
  ) as Record<string, string | undefined>;
  // `<id>.execute-api.<region>.amazonaws.com`
  const [, , region] = new URL(url).hostname.split('.');
  const lines = [
    `user = "${AccessKeyId}:${SecretAccessKey}"`,
    `aws-sigv4 = "aws:amz:${region}:execute-api"`,
    ...(SessionToken === undefined ? [] : [`header = "x-amz-security-token: ${SessionToken}"`]),
  ];
  const flags = ['--config', '-', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', url];
  const asked = execute('curl', flags);
  asked.child.stdin?.end(lines.join('\n'));
  return Number((await asked).stdout);
}

const { values } = parseArgs({
  options: { stack: { type: 'string' }, report: { type: 'string' }, yes: { type: 'boolean' } },
});
const stackName = values.stack;

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

if (stackName === undefined) refuse(`--stack: is missing; ${usage}`);
if (!/^[A-Za-z][A-Za-z0-9-]{0,40}$/.test(stackName))
  refuse('--stack: must be 1 to 41 letters, digits and dashes, a letter first');
await run('aws', ['sts', 'get-caller-identity']).catch(() =>
  refuse(
    'AWS credentials: none that work; log in, or set AWS_PROFILE, and see that the AWS CLI is installed',
  ),
);
const world: World = {
  stackName,
  taskId: `smoke-${Date.now().toString(36)}`,
  run,
  request,
  sleep,
  now: Date.now,
};
if (await exists(world)) refuse(`--stack: ${stackName} exists; the test makes and destroys one of its own`);
console.log(plan(stackName));
if (values.yes !== true) {
  console.log('\nNothing was done. Add --yes to run it.');
  process.exit(0);
}
const outcomes = await smoke(world, ({ name, result, seen, seconds }) =>
  console.log(`${result}  ${name}  ${seconds} s  ${seen}`),
);
const text = report(outcomes, {
  version: manifest.version,
  node: process.version,
  ended: new Date().toISOString(),
});
if (values.report === undefined) console.log(`\n${text}`);
else await writeFile(values.report, text);
process.exitCode = outcomes.every(({ result }) => result === 'passed') ? 0 : 1;
