import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import { taskId } from '../support/records.ts';
import { refusedInputs, scenarios } from '../support/scenarios.ts';
import { createWorld, type World } from '../support/world.ts';

describe.each(workflowTypes)('the %s workflow', (type) => {
  let world: World;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld({ type });
  });
  afterAll(() => world.close());

  it.each(scenarios)('$name', async ({ script, input, expected }) => {
    const id = `story-${(count += 1)}`;
    world.simulator.submit(script, id);
    const startedMs = world.clock.now();

    const ending = await world.execute(`any-name-${count}`, { detect_task_id: id, ...input });
    const seconds = (world.clock.now() - startedMs) / 1_000;
    const detection = await world.client.get(id);

    expect(detection).toMatchObject({ status: expected.status, attempt: 1 });
    expect(detection?.error?.code).toBe(expected.error);
    expect(detection?.face_count).toBe(expected.faceCount);
    const links = (detection?.faces ?? []).map((face) => face.id);
    expect(links).toEqual(Array.from({ length: expected.faceCount ?? 0 }, (_, index) => index));
    const calls = world.simulator.requestsFor(id).length;
    expect(detection?.polls).toBe(calls);
    expect(calls).toBe(expected.polls ?? calls);
    expect(seconds).toBeGreaterThanOrEqual(expected.atLeastSeconds ?? 0);
    expect(seconds).toBeLessThanOrEqual(expected.atMostSeconds ?? Infinity);
    const { status, faceCount, error } = expected;
    const output = { detect_task_id: id, status, ...(error === undefined ? { face_count: faceCount } : {}) };
    expect(ending).toMatchObject(
      status === 'abandoned' ? { status: 'FAILED', error } : { status: 'SUCCEEDED', output },
    );
    expect(JSON.stringify(ending)).not.toContain('"faces"');
    // Final by the deadline, with nothing left to do.
    expect(Date.parse(detection?.final_at ?? '')).toBeLessThanOrEqual(
      Date.parse(detection?.deadline_at ?? ''),
    );
    const current = await world.records.read(taskId(id));
    expect(current.kind === 'head' && current.head.due_at).toBeUndefined();
    // The provider had nothing more to say.
    expect(world.simulator.unread()).not.toContain(id);
  });

  it.each(refusedInputs)('refuses an input $name, and writes nothing', async ({ input, names }) => {
    world.table.reset();
    const ending = await world.execute(`refused-${(count += 1)}`, input);

    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect((ending as { cause: string }).cause).toMatch(names);
    expect(world.table.calls()).toEqual({});
  });
});
