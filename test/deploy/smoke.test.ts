/** The smoke test for an account, on the emulator: every step that needs nothing of AWS's own making. */
import { setTimeout as sleep } from 'node:timers/promises';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, expect, inject, it } from 'vitest';

import { smoke } from '../../tools/smoke/smoke.ts';
import { steps } from '../../tools/smoke/steps.ts';
import { output, record, type World } from '../../tools/smoke/world.ts';
import { runProgram } from './commands.ts';
import { expireAndSweep } from './expire.ts';
import { kindsPresentOf } from './leftovers.ts';
import { request } from './signed-request.ts';

/** The emulator neither measures nor writes the workflow's log, and a continuation takes its four minutes. */
const atAwsAlone = ['api-metric', 'continuation', 'express-log'];

const stackName = 'Smoke';
const dynamodb = new DynamoDBClient();
const sfn = new SFNClient();
afterAll(() => [dynamodb, sfn].forEach((client) => client.destroy()));

const world: World = {
  stackName,
  taskId: 'smoke-emulated',
  now: Date.now,
  run: (program, args) => {
    const options = { endpoint: inject('endpoint'), home: inject('temporary') };
    if (program === 'cdk') return runProgram(program, [...args, '--no-notices'], options);
    if (program === 'aws') return runProgram(program, args, options);
    const cli = [`FACE_POLLER_STACK=${stackName}`, 'node', 'cli/face-poller.js'];
    return runProgram('env', [...cli, ...args], options);
  },
  async request(url) {
    // The emulator's address of an API ends in numbers, which no parser of URLs takes.
    const [origin = '', path] = url.split('/detections');
    return (await request(origin, { method: 'GET', path: `/detections${path}` })).status ?? 0;
  },
  async sleep() {
    await sleep(500);
    const found = await record(world);
    const tableName = await output(world, 'TableName').catch(() => '');
    // Once the workflow is replaced, the record's execution ends at its next transition at AWS.
    const isReplaced = (await output(world, 'WorkflowType').catch(() => '')) === 'EXPRESS';
    if (found?.execution_arn.includes(':express:') !== false || !isReplaced) return;
    await sfn.send(new StopExecutionCommand({ executionArn: found.execution_arn }));
    await expireAndSweep(stackName, world.taskId, { client: dynamodb, tableName });
  },
};

it('passes on the emulator, and leaves nothing', { timeout: 600_000 }, async () => {
  const chosen = steps.filter(({ name }) => !atAwsAlone.includes(name));
  const outcomes = await smoke(world, () => {}, chosen);
  const passed = chosen.map(({ name }) => `${name} passed`);
  expect(outcomes.map(({ name, result, seen }) => `${name} ${result === 'failed' ? seen : result}`)).toEqual(
    passed,
  );
  expect(await kindsPresentOf(stackName)).toEqual([]);
});
