/** The committed definitions in an emulator's interpreter, which is not the one of every other test. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import type { InvocationEvent } from '../../functions/poll/state.ts';
import { committedDefinition } from '../../local/definition.ts';
import { refusedInputs, scenarios } from '../support/scenarios.ts';
import { createWorld, type World } from '../support/world.ts';

/** No scenario takes so long; an execution that was aborted would never have either. */
const endsWithinMs = 60_000;

describe.each(workflowTypes)('the %s workflow in another interpreter', (type) => {
  const sfn = new SFNClient({
    endpoint: inject('interpreter'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let world: World;
  let stateMachineArn: string | undefined;
  let count = 0;
  const functionServer = http.createServer((request, response) => {
    void json(request).then(async (body) => {
      // Where time passes on the clock of the tests, the interpreter's own says nothing.
      const event = { ...(body as InvocationEvent), entered_at: new Date(world.clock.now()).toISOString() };
      const answer = await world.clock.attend(() => world.invoke(event));
      response.end(JSON.stringify(answer));
    });
  });
  beforeAll(async () => {
    world = await createWorld({ type });
    functionServer.listen(0, '127.0.0.1');
    await once(functionServer, 'listening');
    const { port } = functionServer.address() as AddressInfo;
    const definition = JSON.stringify(committedDefinition(type)).replace(
      /:\d+:function:[\w:-]+/,
      `:000000000000:function:on-port-${port}`,
    );
    const roleArn = 'arn:aws:iam::000000000000:role/nobody';
    ({ stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: `stories-${type}`, type, definition, roleArn }),
    ));
  });
  afterAll(async () => {
    functionServer.closeAllConnections();
    functionServer.close();
    sfn.destroy();
    await world.close();
  });

  async function endOf(executionArn: string | undefined) {
    const untilMs = Date.now() + endsWithinMs;
    while (Date.now() < untilMs) {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      // The status may be told a moment before what comes of it.
      if ((execution.output ?? execution.error) !== undefined) return execution;
      await sleep(20);
    }
    throw new Error(`${executionArn}: neither an output nor an error`);
  }

  /** To the end of its last leg: what hands over answers with the name of the next one. */
  async function execute(name: string, input: unknown) {
    const { executionArn = '' } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    const machine = executionArn.slice(0, -name.length);
    for (let arn = executionArn, executions = 1; ; executions += 1) {
      const execution = await endOf(arn);
      const output: unknown = JSON.parse(execution.output ?? '{}');
      if (typeof output !== 'string') return { ...execution, output, executions };
      arn = machine + output;
    }
  }

  it.each(scenarios)('$name', async ({ script, input, expected }) => {
    const id = `story-${(count += 1)}`;
    world.simulator.submit(script, id);
    const ending = await execute(`any-name-${count}`, { detect_task_id: id, ...input });
    const detection = await world.client.get(id);
    const { status, error, faceCount, polls } = expected;
    expect(detection).toMatchObject({
      status,
      attempt: 1,
      execution_name: ending.name,
      execution_arn: ending.executionArn,
      executions: ending.executions,
    });
    expect(detection?.error?.code).toBe(error);
    expect(detection?.face_count).toBe(faceCount);
    expect(detection?.polls).toBe(polls ?? detection?.polls);
    expect(ending).toMatchObject(
      status === 'abandoned'
        ? { status: 'FAILED', error }
        : { status: 'SUCCEEDED', output: { detect_task_id: id, status } },
    );
  });

  it.each(refusedInputs)('refuses an input $name', async ({ input, names }) => {
    const ending = await execute(`refused-${(count += 1)}`, input);
    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(ending.cause).toMatch(names);
  });
});
