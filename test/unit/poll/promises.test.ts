import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  after,
  body,
  code,
  down,
  failed,
  processing,
  type Reply,
  starting,
  succeeded,
  unknown,
  violating,
  invocationsTo,
} from '../../support/invocations.ts';
import { facesOf, newId, noonMs, ownerNamed, testClock } from '../../support/records.ts';
import { seeded } from '../../support/schedule.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const notThere = code(404);
const ofAnother: Reply = (asked) => succeeded(facesOf(1))({ ...asked, detectTaskId: 'another' });
const open: Reply[] = [
  starting,
  processing,
  unknown,
  down,
  violating,
  notThere,
  code(429),
  code(429, 'slow', '20'),
  code(455),
  code(402),
  code(500),
  () => body('<html>', 502),
];
const openReply = fc.constantFrom(...open);
const face = fc.record({ id: fc.nat(50), link: fc.webUrl() });
const faces = fc.array(face, { maxLength: 60 });

describe('a task', () => {
  it('is final by its deadline, and no call starts or lasts longer, whatever the provider does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(openReply, fc.integer({ min: 0, max: 15_000 })), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 5, max: 900 }),
        fc.integer({ min: 1, max: 1e6 }),
        async (story, deadline_seconds, seed) => {
          const clock = testClock();
          const replies = story.map(([reply, ms]) => after(clock, ms, reply));
          const invocations = invocationsTo(table, replies, { clock, random: seeded(seed) });
          const id = newId();
          const { answer } = await invocations.run('1', { detect_task_id: id, deadline_seconds });
          const deadlineMs = noonMs + deadline_seconds * 1_000;
          expect(['abandoned', 'settled']).toContain(answer.next);
          expect(Date.parse((await invocations.headOf(id)).final_at ?? '')).toBeLessThanOrEqual(deadlineMs);
          const callMs = Math.min(10_000, deadline_seconds * 200);
          for (const { atMs, timeoutMs } of invocations.asked) {
            expect(atMs).toBeLessThanOrEqual(deadlineMs - callMs);
            expect(timeoutMs).toBeLessThanOrEqual(callMs);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('ends with the answer of the provider: every face, in order, none invented', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(openReply, { maxLength: 6 }), faces, async (story, detected) => {
        // Too many of these in a row, or too late, would end the task.
        const harmless = story.filter((reply) => reply !== violating && reply !== notThere);
        const invocations = invocationsTo(table, [...harmless, succeeded(detected, 'd')]);
        const id = newId();
        await invocations.run('1', { detect_task_id: id });
        expect(await invocations.records.get(id)).toMatchObject({
          status: 'succeeded',
          detect_id: 'd',
          face_count: detected.length,
          faces: detected,
          provider_started_at: '2026-05-27 12:14:03',
        });
      }),
      { numRuns: 40 },
    );
  });

  it('never stores the answer of another task, nor a part of an answer', async () => {
    const malformed = succeeded([...facesOf(1), { id: -1, link: '' }]);
    const id = newId();
    const invocations = invocationsTo(table, [ofAnother, malformed, ofAnother, malformed, ofAnother]);
    const { answer } = await invocations.run('1', { detect_task_id: id });
    expect(answer).toMatchObject({ error: { code: 'CONTRACT_VIOLATION' } });
    expect(invocations.asked).toHaveLength(5);
    expect((await table.stored(id)).get(id)).not.toHaveProperty('faces');
  });
});

describe('what leaves an invocation', () => {
  const canary = 'c4nary';
  const said: Reply[] = [
    succeeded([{ id: 0, link: `https://${canary}.example/` }], canary),
    succeeded(
      Array.from({ length: 300 }, (_, id) => ({ id, link: `https://${canary}.example/${id}` })),
      'd',
    ),
    failed({ code: canary, message: canary }),
    ...[401, 402, 404, 422, 429, 455, 500, 501, 505, 999].map((number) => code(number, canary)),
    () => body({ code: 200, message: canary, data: { [canary]: canary } }),
    () => body(canary, 502),
    () => body({ error: canary }, 418),
    starting,
    down,
  ];

  it('never holds a key, a link, or the words of the provider or the caller', async () => {
    for (const reply of said) {
      const invocations = invocationsTo(table, [reply, processing, reply], {
        apiKey: { read: async () => canary, readAfresh: async () => `fresh-${canary}` },
      });
      const { detect_task_id } = await invocations.begun(
        { media_url: `https://${canary}.example/`, metadata: { canary }, deadline_seconds: 600 },
        ownerNamed('1'),
      );
      const answers: unknown[] = [];
      let state: unknown = { detect_task_id };
      for (;;) {
        const answer = await invocations.invoke('1', state);
        answers.push(answer);
        if (answer.next !== 'wait') break;
        invocations.clock.pass(answer.wait_seconds * 1_000);
        state = answer;
      }
      expect(invocations.lines.length).toBeGreaterThan(0);
      const left = JSON.stringify([invocations.lines, answers]);
      // The detect_id is what a caller asks for.
      expect(left.replaceAll(`"detect_id":"${canary}"`, '')).not.toContain(canary);
    }
  });

  it('names the task and the code where it comes too late for a poll', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({ deadline_seconds: 60 }, ownerNamed('1'));
    invocations.clock.pass(60_000);
    await invocations.invoke('1', { detect_task_id });
    expect(invocations.lines).toEqual([
      { detect_task_id, next: 'abandon', code: 'DEADLINE_EXCEEDED', polls: 0 },
    ]);
  });

  it('is small, also with 300 faces', async () => {
    const invocations = invocationsTo(table, [succeeded(facesOf(300, 1_000))]);
    const answer = await invocations.invoke('1', { detect_task_id: newId() });
    expect(JSON.stringify(answer).length).toBeLessThan(512);
  });
});
