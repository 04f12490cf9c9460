/** Both committed workflows in interpreters that are not the one of every other test: the same stories, the same endings. */
import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import type { InvocationEvent } from '../../functions/poll/state.ts';
import { tableName } from '../../local/table.ts';
import { refusedInputs, scenarios } from '../support/scenarios.ts';
import { createWorld, type World } from '../support/world.ts';
import { createEngine, type Engine } from './engine.ts';

describe.each(workflowTypes)('the %s workflow in another interpreter', (type) => {
  let world: World;
  let engine: Engine;
  let count = 0;
  /** Which invocations fail for a reason of our own. */
  let fails: ((event: InvocationEvent) => boolean) | undefined;
  beforeAll(async () => {
    world = await createWorld({ type });
    const invoke: World['invoke'] = async (event) => {
      if (fails?.(event) === true) throw new Error('it broke');
      // Where time passes on the clock of the tests, the interpreter's own says nothing.
      const entered_at = new Date(world.clock.now()).toISOString();
      return world.clock.attend(() => world.invoke({ ...event, entered_at }));
    };
    const updateItem = (input: object) => {
      const update = { ...(input as UpdateItemCommandInput), TableName: tableName };
      return world.table.client.send(new UpdateItemCommand(update));
    };
    engine = await createEngine(type, { invoke, updateItem }, inject('interpreter'));
  });
  afterAll(async () => {
    await engine.close();
    await world.close();
  });

  it.for(scenarios)('$name', async ({ script, input, expected }, { task }) => {
    task.meta.judged = `${type} scenarios`;
    const id = `story-${(count += 1)}`;
    world.simulator.submit(script, id);
    const ending = await engine.execute(`any-name-${count}`, { detect_task_id: id, ...input });
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

  it.for(refusedInputs)('refuses an input $name', async ({ input, names }, { task }) => {
    task.meta.judged = `${type} scenarios`;
    const ending = await engine.execute(`refused-${(count += 1)}`, input);
    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(ending.cause).toMatch(names);
  });

  it('records the abandonment where a later invocation fails for good', async ({ task }) => {
    task.meta.judged = `${type} scenarios`;
    const id = `story-${(count += 1)}`;
    world.simulator.submit([{ step: 'pending', status: 'processing' }], id);
    // On Express in the second execution.
    const failing = { STANDARD: `1-${id}`, EXPRESS: `1_2-${id}` }[type];
    // The first one binds the record to the execution.
    let invoked = 0;
    fails = ({ execution_name }) => execution_name === failing && (invoked += 1) > 1;
    const ending = await engine.execute(`1-${id}`, { detect_task_id: id });
    fails = undefined;
    expect(ending).toMatchObject({ name: failing, status: 'FAILED', error: 'EXECUTION_LOST' });
    expect(await world.client.get(id)).toMatchObject({
      status: 'abandoned',
      error: { code: 'EXECUTION_LOST' },
      execution_name: failing,
      execution_arn: ending.executionArn,
    });
  });

  it.runIf(type === 'EXPRESS')('goes on in as many executions as an hour takes', async ({ task }) => {
    task.meta.judged = `${type} scenarios`;
    const id = `story-${(count += 1)}`;
    world.simulator.submit(
      [
        { step: 'after', ms: 50 * 60_000 },
        { step: 'succeeded', faces: 1 },
      ],
      id,
    );
    const ending = await engine.execute(`1-${id}`, { detect_task_id: id });
    expect(ending).toMatchObject({ status: 'SUCCEEDED', name: `1_${ending.executions}-${id}` });
    // Four minutes each.
    expect(ending.executions).toBeGreaterThan(12);
  });
});
