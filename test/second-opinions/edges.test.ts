import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import type { Edge } from './edge.ts';
import { edges } from './edges.ts';
import { createEngine, type Engine } from './engine.ts';

/** Answers in turn, and says how often it was asked. */
function part(replies: Edge['invocations']) {
  let asked = 0;
  return {
    asked: () => asked,
    async answer(): Promise<unknown> {
      const reply = replies[Math.min((asked += 1), replies.length) - 1] ?? { gives: {} };
      if ('gives' in reply) return reply.gives;
      throw Object.assign(new Error('it broke'), { name: reply.fails });
    },
  };
}

describe.each(workflowTypes)('an edge of the %s workflow', (type) => {
  let engine: Engine;
  let invoked: ReturnType<typeof part>;
  let written: ReturnType<typeof part>;
  let count = 0;
  beforeAll(async () => {
    const parts = { invoke: () => invoked.answer(), updateItem: () => written.answer() };
    engine = await createEngine(type, parts, inject('interpreter'));
  });
  afterAll(() => engine.close());

  async function endingOf({ executionName }: Edge): Promise<string> {
    try {
      const name = executionName ?? `edge-${(count += 1)}`;
      const { status, error } = await engine.execute(name, { detect_task_id: 'edge' });
      return [status, error].filter((word) => word !== undefined).join(' ');
    } catch (error) {
      if (error instanceof Error && '$fault' in error) return error.name;
      throw error;
    }
  }

  const here = edges.filter((edge) => edge.type === undefined || edge.type === type);
  it.for(here)('$name', async (edge, { task }) => {
    invoked = part(edge.invocations);
    written = part(edge.writes ?? []);
    const seen = `${await endingOf(edge)}, invoked ${invoked.asked()}, written ${written.asked()}`;
    const differs = edge.differs?.[inject('engine')];
    task.meta.judged = `${type} edges`;
    if (differs !== undefined) task.meta.differs = { edge, instead: differs };
    expect(seen).toBe(differs ?? edge.aws);
  });
});
