import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { type Outcome, plan, report, smoke } from '../../tools/smoke/smoke.ts';
import { steps } from '../../tools/smoke/steps.ts';
import type { World } from '../../tools/smoke/world.ts';
import { root } from '../support/folders.ts';

const abandonment = { 'Record abandonment': { Type: 'Task', Parameters: { a: '$$.Execution.Id' } } };
const machine = { definition: JSON.stringify({ States: abandonment }), roleArn: 'arn:of:a:role' };

/** An account in which everything is as it should be, but for what a test changes. */
function account(changes: Record<string, (args: readonly string[]) => string> = {}) {
  let nowMs = 0;
  let type = '';
  let isThere = false;
  let isDenied = false;
  const ran: string[] = [];
  const answers: Record<string, (args: readonly string[]) => string> = {
    'cdk deploy': (args) => {
      type = args.find((arg) => arg.startsWith('workflowType='))?.split('=')[1] ?? '';
      isThere = true;
      return '';
    },
    'cdk destroy': () => ((isThere = false), ''),
    'cloudformation describe-stacks': (args) => {
      if (!isThere) throw new Error('Stack with id Smoke does not exist');
      return args.join().includes('WorkflowType') ? type : 'a-value';
    },
    'cloudformation describe-stack-resources': () => 'a-part another',
    'stepfunctions describe-state-machine': () => JSON.stringify(machine),
    'stepfunctions test-state': () =>
      JSON.stringify({ status: 'CAUGHT_ERROR', error: 'DynamoDB.ConditionalCheckFailedException' }),
    'iam put-role-policy': () => ((isDenied = true), ''),
    'iam delete-role-policy': () => ((isDenied = false), ''),
    'cloudwatch get-metric-statistics': () => '3.0',
    'logs filter-log-events': () => '1',
    'stepfunctions get-execution-history': () => '1',
    'face-poller get': () =>
      JSON.stringify({
        status: 'polling',
        execution_arn: type === 'EXPRESS' ? `arn:express:${Math.floor(nowMs / 10_000)}` : 'arn:execution:x',
      }),
    ...changes,
  };
  const world: World = {
    stackName: 'Smoke',
    taskId: 'smoke-1',
    now: () => nowMs,
    sleep: async (ms) => void (nowMs += ms),
    request: async () => (isDenied ? 500 : 200),
    async run(program, args) {
      const command = program === 'aws' ? args.slice(0, 2).join(' ') : `${program} ${args[0]}`;
      ran.push(command);
      return answers[command]?.(args) ?? '';
    },
  };
  return { world, ran, isThere: () => isThere };
}
const resultsOf = (outcomes: readonly Outcome[]) =>
  Object.fromEntries(outcomes.map(({ name, result }) => [name, result]));

describe('the smoke test', () => {
  it('passes each step in an account where all is as it should be, and leaves nothing', async () => {
    const { world, isThere } = account();
    const noted: Outcome[] = [];
    const outcomes = await smoke(world, (outcome) => noted.push(outcome));
    expect(outcomes.map(({ name, result }) => `${name} ${result}`)).toEqual(
      steps.map(({ name }) => `${name} passed`),
    );
    expect(noted).toEqual(outcomes);
    expect(isThere()).toBe(false);
  });

  it.each<[step: string, command: string, answer: string, seen: string]>([
    [
      'record-abandonment',
      'stepfunctions test-state',
      '{"status":"FAILED","error":"ValidationException"}',
      'ValidationException',
    ],
    ['open-task', 'stepfunctions get-execution-history', '0', 'not within 3 minutes'],
    ['api-without-permission', 'iam put-role-policy', '', 'three answers with 5xx'],
    ['api-metric', 'cloudwatch get-metric-statistics', 'None', 'the metric: not within 15 minutes'],
    ['express-log', 'logs filter-log-events', '0', 'a line in the log'],
  ])('fails at %s where %s answers otherwise, and cleans up', async (step, command, answer, seen) => {
    const { world, ran, isThere } = account({ [command]: () => answer });
    const outcomes = await smoke(world, () => {});
    const failed = outcomes.find(({ name }) => name === step);
    expect(failed?.result).toBe('failed');
    expect(failed?.seen).toContain(seen);
    expect(resultsOf(outcomes)).toMatchObject({
      deploy: 'passed',
      destroy: 'not run',
      'clean-up': 'passed',
    });
    expect(ran).toContain('cdk destroy');
    expect(isThere()).toBe(false);
  });

  it('says so where it cannot clean up', async () => {
    const { world } = account({
      'stepfunctions test-state': () => '{}',
      'cdk destroy': () => {
        throw new Error('no connection');
      },
    });
    const outcomes = await smoke(world, () => {});
    expect(outcomes.at(-1)).toMatchObject({ name: 'clean-up', result: 'failed', seen: 'no connection' });
  });

  it('allows the API its table again, whatever it answers', async () => {
    const { world, ran } = account();
    world.request = () => Promise.reject(new Error('no connection'));
    await smoke(world, () => {});
    expect(ran).toContain('iam delete-role-policy');
  });

  it('reports neither the account nor an address', () => {
    const seen = 'arn:aws:states:us-east-1:123456789012:x | https://abc.example/y\nz';
    const text = report([{ name: 'deploy', result: 'failed', seen, seconds: 3 }], { version: '1' });
    expect(text).toContain('- version: 1');
    expect(text).toContain('| deploy | failed | arn:aws:states:us-east-1:<account>:x / <address> z | 3 |');
  });

  it('says what it does and costs', () => {
    for (const { does } of steps) expect(plan('Smoke')).toContain(does);
    expect(plan('Smoke')).toMatch(/stack Smoke .* costs less than \$/s);
  });

  it.each([
    [[], '--stack: is missing'],
    [['--stack', 'a b'], '--stack: must be 1 to 41 letters'],
    [['--stack', 'Smoke'], 'AWS credentials: none that work'],
  ])('refuses %j in a sentence, before anything is made', async (args, sentence) => {
    const env = { PATH: '/nowhere', AWS_EC2_METADATA_DISABLED: 'true' };
    const ran = promisify(execFile)(process.execPath, [path.join(root, 'tools/smoke/main.ts'), ...args], {
      env,
    });
    const ended = await ran.catch((error: { code: number; stdout: string; stderr: string }) => error);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(sentence);
  });
});
