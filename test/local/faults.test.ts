import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { taskId } from '../support/records.ts';
import { scenarios } from '../support/scenarios.ts';
import { canaryKey, createWorld, type World } from '../support/world.ts';

const processing = { step: 'pending', status: 'processing' } as const;

describe('the workflow under faults of its own parts', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it.each(['lost-ack', 'throttled', 'dead-before', 'dead-after'] as const)(
    'reaches the same record wherever a call to the database is %s',
    async (fault) => {
      for (let skip = 0; skip < 6; skip++) {
        const id = `${fault}-${skip}`;
        world.simulator.submit(
          [
            { ...processing, times: 12 },
            { step: 'succeeded', faces: 40, linkBytes: 400 },
          ],
          id,
        );
        world.table.reset();
        world.table.fail('any', fault, { skip });
        const ending = await world.execute(id, { detect_task_id: id });
        expect(ending, `the ${skip}. call`).toMatchObject({
          status: 'SUCCEEDED',
          output: { face_count: 40 },
        });
        const detection = await world.client.get(id);
        expect(detection?.faces).toHaveLength(40);
        // A lower bound with faults, never more than was really called.
        expect(detection?.polls).toBeLessThanOrEqual(world.simulator.requestsFor(id).length);
        const current = await world.records.read(taskId(id));
        const own = current.kind === 'head' ? 1 + (current.head.face_pages ?? 0) : 0;
        const orphans = current.kind === 'head' ? (current.head.page_refs?.size ?? 0) : 0;
        expect((await world.table.stored(id)).size === own || orphans > 0).toBe(true);
      }
    },
  );

  it('records that its own part was lost when every invocation fails, and leaves it due', async () => {
    const broken = await createWorld({
      random: () => {
        throw new TypeError('a bug of ours');
      },
    });
    broken.simulator.submit([processing], 'broken');
    const ending = await broken.execute('broken', { detect_task_id: 'broken' });
    expect(ending).toMatchObject({ status: 'FAILED', error: 'EXECUTION_LOST' });
    const detection = await broken.client.get('broken');
    expect(detection).toMatchObject({
      status: 'abandoned',
      error: { code: 'EXECUTION_LOST', retryable: true },
    });
    expect(detection?.final_at).toMatch(/^\d{4}-.*\.\d{3}Z$/);
    const current = await broken.records.read(taskId('broken'));
    expect(current.kind === 'head' && current.head.due_at).toBeTruthy();
    expect(await broken.client.list({ status: 'abandoned', limit: 10 })).toMatchObject({
      detections: [{ detect_task_id: 'broken' }],
    });
    await broken.close();
  });

  it('says what a task cost, exactly as it was seen from outside', async () => {
    for (const [index, ms] of [0, 400, 3_000, 30_000, 900_000].entries()) {
      const id = `priced-${index}`;
      world.simulator.submit(
        [
          { step: 'after', ms },
          { step: 'succeeded', faces: 1 },
        ],
        id,
      );
      world.carried.length = 0;
      await world.execute(id, { detect_task_id: id });
      const invocations = world.carried.length;
      expect(await world.client.get(id)).toMatchObject({
        polls: world.simulator.requestsFor(id).length,
        invocations,
        // Poll, What next? and Wait for each invocation that waits; Poll, What next? and Settled for the last.
        transitions: 3 * invocations,
      });
    }
  });

  it('keeps keys, face links and the provider’s words out of logs, states, outputs and errors', async () => {
    const secrets = ['s3cr3t-words-of-the-provider', 'cdn.crun.example', canaryKey, 'media.example'];
    for (const [index, { script, input }] of scenarios.entries()) {
      const id = `silent-${index}`;
      const talkative = script.map((step) =>
        step.step === 'failed' || step.step === 'code' ? { ...step, ...wordsFor(step.step) } : step,
      );
      world.simulator.submit(talkative, id);
      const ending = await world.execute(id, {
        detect_task_id: id,
        media_url: 'https://media.example/secret.jpg',
        ...input,
      });
      for (const secret of secrets) expect(JSON.stringify(ending)).not.toContain(secret);
    }
    const seen = [...world.logged, ...world.carried.map((answer) => JSON.stringify(answer))].join('\n');
    expect(seen.length).toBeGreaterThan(1_000);
    for (const secret of secrets) expect(seen).not.toContain(secret);
    // The words do reach the record, so the check above can fail.
    const failed = scenarios.findIndex(({ expected }) => expected.error === 'DETECTION_FAILED');
    expect((await world.client.get(`silent-${failed}`))?.error?.provider_message).toContain(secrets[0]);
  });
});

const wordsFor = (step: 'failed' | 'code') =>
  step === 'failed' ? { error: 's3cr3t-words-of-the-provider' } : { message: 's3cr3t-words-of-the-provider' };
