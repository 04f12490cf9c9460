import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Started } from '../../../functions/submit/detect.ts';
import { SubmissionError } from '../../../functions/submit/outcome.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { memoryTable } from '../../support/memory-table.ts';
import { testClock } from '../../support/records.ts';
import { submissionKey, submittingTo } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { ProcessDied } from '../../support/table.ts';

const table = await openSuiteTable();

let simulator: Simulator;
let keys = 0;
const newInput = () => ({
  media_url: 'https://media.example/a.jpg',
  idempotency_key: `rival-${(keys += 1)}`,
});
beforeEach(async () => {
  simulator = await startSimulator({ apiKey: submissionKey });
});
afterEach(() => simulator.close());

const outcomeOf = (error: unknown): string => {
  if (error instanceof SubmissionError) return error.message;
  throw error;
};
const posts = (): number => simulator.requests.filter(({ method }) => method === 'POST').length;

/** Requests that wait sleep until the one that sends has its answer; no time passes. */
async function detectTwoHundredTimes(): Promise<PromiseSettledResult<Started>[]> {
  const answered = Promise.withResolvers<void>();
  const clock = { ...testClock(), sleep: () => answered.promise };
  const { detect } = submittingTo(memoryTable(), { ...simulator, clock });
  const input = newInput();
  return Promise.allSettled(
    Array.from({ length: 200 }, () => detect(input).finally(() => answered.resolve())),
  );
}

describe('two hundred requests with one key', () => {
  it('make one POST and one task, and are all answered with it', async () => {
    const answers = await detectTwoHundredTimes();
    const started = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(started).toHaveLength(200);
    expect(new Set(started.map(({ head }) => head.detect_task_id))).toEqual(
      new Set([simulator.created[0]?.detectTaskId]),
    );
    expect([posts(), simulator.created.length]).toEqual([1, 1]);
    expect(started.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  it.each([
    ['rejected', { step: 'code', code: 402 }, 'with code 402'],
    ['lost', { step: 'reset', isCreated: true }, 'is not known'],
  ] as const)('are all answered alike where it was %s', async (_what, step, words) => {
    simulator.scriptSubmissions(step);
    const answers = await detectTwoHundredTimes();
    const reasons = answers.map((answer) => (answer.status === 'rejected' ? outcomeOf(answer.reason) : ''));
    expect(new Set(reasons).size).toBe(1);
    expect(reasons[0]).toContain(words);
    expect(posts()).toBe(1);
  });
});

it('a request is told to come again where another with its key takes too long', async () => {
  const { detect, clock } = submittingTo(table, simulator);
  const input = newInput();
  table.fail('UpdateItem', 'dead-before', { times: 9 });
  table.fail('GetItem', 'dead-before', { skip: 1 });
  await expect(detect(input)).rejects.toThrow(ProcessDied);
  const beganMs = clock.now();
  await expect(detect(input)).rejects.toMatchObject({
    code: 'SUBMISSION_BUSY',
    details: { retryAfterSeconds: 5 },
  });
  expect(clock.now() - beganMs).toBeLessThan(20_000);
  clock.pass(60_000);
  await expect(detect(input)).rejects.toMatchObject({ code: 'SUBMISSION_UNKNOWN' });
  expect(posts()).toBe(1);
});

describe('a process that dies', () => {
  const unknown = new SubmissionError('SUBMISSION_UNKNOWN').message;
  /** Reads the key, takes it, sends, stores the id, reads the record, creates it; more than there are. */
  const calls = [0, 1, 2, 3, 4, 5, 6, 7];

  it.each(
    calls.flatMap((call) => (['dead-before', 'dead-after'] as const).map((fault) => [fault, call] as const)),
  )(
    '%s call %i leaves a key that submits nothing more, and heals where the id was stored',
    async (fault, call) => {
      const input = newInput();
      const first = submittingTo(table, simulator);
      table.fail('any', fault, { skip: call });
      await first.detect(input).catch((error: unknown) => {
        if (!(error instanceof ProcessDied)) throw error;
      });
      table.reset();
      const next = submittingTo(table, { ...simulator, clock: first.clock });
      next.clock.pass(60_001);
      const answer = await next.detect(input).then(({ head }) => head.detect_task_id, outcomeOf);
      const [created] = simulator.created;
      const isPolled =
        created !== undefined && [first, next].some((one) => one.isPolled(created.detectTaskId));
      expect(posts()).toBeLessThanOrEqual(1);
      expect([isPolled ? created.detectTaskId : unknown]).toContain(answer);
    },
  );
});

describe('a fault of the table', () => {
  it.each(['GetItem', 'PutItem', 'UpdateItem'] as const)(
    '%s: a lost acknowledgement changes nothing',
    async (operation) => {
      table.fail(operation, 'lost-ack');
      const { detect } = submittingTo(table, simulator);
      const input = newInput();
      const { head } = await detect(input);
      expect((await detect(input)).head).toEqual(head);
      expect(posts()).toBe(1);
    },
  );

  it('that hides the outcome from others hides it not from its caller', async () => {
    const { detect, isPolled, logged } = submittingTo(table, simulator);
    const input = newInput();
    table.fail('UpdateItem', 'dead-before');
    const { head } = await detect(input);
    expect(isPolled(head.detect_task_id)).toBe(true);
    // Stored at the second try: the key answers with the task from now on.
    expect((await detect(input)).head).toEqual(head);
    expect(logged.join('')).toContain('not stored: ProcessDied');
  });
});

describe('a process that slept', () => {
  it('for long after it took the key sends nothing: to others that is unknown by now', async () => {
    const clock = testClock();
    const asleep = {
      read: async () => (clock.pass(50_000), submissionKey),
      readAfresh: async () => undefined,
    };
    const { detect } = submittingTo(table, { ...simulator, clock, clients: { apiKey: asleep } });
    await expect(detect(newInput())).rejects.toMatchObject({
      code: 'SUBMISSION_UNSENT',
      details: { reason: 'this process was asleep' },
    });
    expect(posts()).toBe(0);
  });
});

it('nothing of a request is logged: no key, no URL, no word of the provider', async () => {
  const { detect, logged } = submittingTo(table, simulator);
  simulator.scriptSubmissions({ step: 'code', code: 422, message: 'words of the provider' });
  const input = { ...newInput(), metadata: { note: 'canary-note' } };
  await detect(input).catch(outcomeOf);
  await detect(input);
  expect(logged).toHaveLength(2);
  expect(logged.join('')).not.toMatch(/media\.example|rival-|words|canary|key-of-the-submissions/);
});
