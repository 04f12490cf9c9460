import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { errorOf, SubmissionError } from '../../../functions/submit/outcome.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import type { SubmissionStep } from '../../../local/simulator/submission.ts';
import { tableName } from '../../../local/table.ts';
import { testClock } from '../../support/records.ts';
import { unusedPort } from '../../support/servers.ts';
import { submissionKey, submittingTo } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

let simulator: Simulator;
let keys = 0;
const newKey = (): string => `key-${(keys += 1)}`;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey: submissionKey });
});
afterEach(() => simulator.close());

const media_url = 'https://media.example/a.jpg';
const failureOf = async (work: Promise<unknown>): Promise<SubmissionError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SubmissionError) return error;
  throw new Error(`not a SubmissionError: ${String(error)}`);
};
const posts = (): number => simulator.requests.filter(({ method }) => method === 'POST').length;

describe('a submission that succeeds', () => {
  it('has its task polled, with media, kind and moment on the record', async () => {
    const { detect, isPolled, clock } = submittingTo(table, simulator);
    const { head, isNew } = await detect({ media_url, metadata: { order: 1 }, deadline_seconds: 90 });
    expect(isNew).toBe(true);
    expect(head).toMatchObject({
      detect_task_id: simulator.created[0]?.detectTaskId,
      status: 'starting',
      media_url,
      media_type: 'image',
      submitted_at: new Date(clock.now()).toISOString(),
      deadline_seconds: 90,
      metadata: { order: 1 },
      usable_until_assumed: false,
    });
    expect(isPolled(head.detect_task_id)).toBe(true);
  });

  it('without a key is one of its own each time', async () => {
    const { detect } = submittingTo(table, simulator);
    const [one, two] = [await detect({ media_url }), await detect({ media_url })];
    expect(one.head.detect_task_id).not.toBe(two.head.detect_task_id);
    expect(posts()).toBe(2);
  });

  it('with a key is the same task again, also for a request that spells the parameters otherwise', async () => {
    const { detect } = submittingTo(table, simulator);
    const idempotency_key = newKey();
    const first = await detect({ media_url, idempotency_key, metadata: { a: 1, b: 2 } });
    const again = await detect({
      idempotency_key,
      metadata: { b: 2, a: 1 },
      media_type: 'image',
      media_url,
      callback_url: undefined,
    });
    expect(again).toEqual({ head: first.head, isNew: false });
    expect(posts()).toBe(1);
  });

  it.each([
    ['media_url', { media_url: 'https://media.example/b.jpg' }],
    ['media_type', { media_type: 'video' }],
    ['callback_url', { callback_url: 'https://hook.example/' }],
    ['deadline_seconds', { deadline_seconds: 90 }],
    ['metadata', { metadata: { a: 2 } }],
  ])('with a key rejects another %s by name', async (field, other) => {
    const { detect } = submittingTo(table, { ...simulator, experimentalVideo: true });
    const idempotency_key = newKey();
    await detect({ media_url, idempotency_key, metadata: { a: 1 } });
    await expect(detect({ media_url, idempotency_key, metadata: { a: 1 }, ...other })).rejects.toMatchObject({
      kind: 'conflict',
      field,
      message: `${field}: this idempotency_key was used with another value; take a new key to submit anew`,
    });
    expect(posts()).toBe(1);
  });

  it('of an uploaded file is known by its content, and keeps the first address', async () => {
    const { detect } = submittingTo(table, simulator);
    const file = { idempotency_key: newKey(), media_sha256: 'a'.repeat(64) };
    const { head } = await detect({ media_url, ...file });
    const again = await detect({ media_url: 'https://media.example/again.jpg', ...file });
    expect(again.head).toEqual(head);
    const other = { ...file, media_url, media_sha256: 'b'.repeat(64) };
    await expect(detect(other)).rejects.toThrow(
      'media_url: this idempotency_key was used with another value',
    );
  });

  it('keeps its key until the database deletes its item', async () => {
    const { detect, clock } = submittingTo(table, simulator);
    const idempotency_key = newKey();
    await detect({ media_url, idempotency_key });
    clock.pass(48 * 3_600_000);
    await detect({ media_url, idempotency_key });
    expect(posts()).toBe(1);
    const Key = { detect_task_id: { S: `#submission#${idempotency_key}` } };
    await table.client.send(new DeleteItemCommand({ TableName: tableName, Key }));
    await detect({ media_url: 'https://media.example/b.jpg', idempotency_key });
    expect(posts()).toBe(2);
  });

  it.each([
    ['two days behind', -48],
    ['a year behind', -365 * 24],
    ['five minutes ahead', 1 / 12],
    ['a year ahead', 365 * 24],
  ])('by a clock %s is the same task for one that is right', async (_which, hours) => {
    const right = testClock();
    const wrong = { ...right, now: () => right.now() + hours * 3_600_000 };
    const input = { media_url, idempotency_key: newKey() };
    // Its sender dies before the start.
    const dying = submittingTo(table, { ...simulator, clock: wrong });
    dying.service.start = async () => Promise.reject(new Error('died'));
    await expect(dying.detect(input)).rejects.toThrow('died');
    const { detect, isPolled } = submittingTo(table, { ...simulator, clock: right });
    const { head } = await detect(input);
    expect(isPolled(head.detect_task_id)).toBe(true);
    expect(posts()).toBe(1);
    expect(Date.parse(head.usable_until)).toBeLessThanOrEqual(right.now() + 3_600_000);
    // Later its time is no longer in the future.
    for (const ms of [0, 10 * 60_000]) {
      right.pass(ms);
      expect((await detect(input)).head.detect_task_id).toBe(head.detect_task_id);
    }
  });

  it('that was forgotten since is not begun again', async () => {
    const { detect, service, records } = submittingTo(table, simulator);
    const idempotency_key = newKey();
    const { head } = await detect({ media_url, idempotency_key });
    await service.forget(head.detect_task_id);
    await expect(detect({ media_url, idempotency_key })).rejects.toThrow(
      'idempotency_key: its task was forgotten; take a new key to submit the media again',
    );
    expect((await records.read(head.detect_task_id)).kind).toBe('forgotten');
  });
});

describe('a submission that the provider rejects', () => {
  it.each([401, 402, 403, 404, 422, 429, 455, 505])('with code %i frees its key', async (code) => {
    const { detect } = submittingTo(table, simulator);
    const input = { media_url, idempotency_key: newKey() };
    simulator.scriptSubmissions({ step: 'code', code, message: `no, ${submissionKey}`, retryAfter: '7' });
    const { code: name, details, message } = await failureOf(detect(input));
    expect([name, details]).toEqual([
      'SUBMISSION_REJECTED',
      { providerCode: code, providerMessage: 'no, …', retryAfterSeconds: 7 },
    ]);
    expect(message).toBe(
      `The provider rejected the submission with code ${code}: no, …; nothing was created.`,
    );
    await detect({ ...input, media_url: 'https://media.example/b.jpg' });
    expect([posts(), simulator.created.length]).toEqual([2, 1]);
  });

  it('ends its sentence once, however often the provider does', () => {
    const details = { providerCode: 422, providerMessage: 'No face. .\n' } as const;
    expect(new SubmissionError('SUBMISSION_REJECTED', details).message).toBe(
      'The provider rejected the submission with code 422: No face; nothing was created.',
    );
  });

  it('names the whole second after which to come again, where the provider names a moment', () => {
    const rejected = { kind: 'rejected', code: 429, message: undefined } as const;
    const { details, message } = errorOf({ ...rejected, retryAfterMs: 1_001 });
    expect(details).toMatchObject({ providerCode: 429, retryAfterSeconds: 2 });
    expect(message).toBe('The provider rejected the submission with code 429; nothing was created.');
    expect(errorOf({ ...rejected, retryAfterMs: undefined }).details).not.toHaveProperty('retryAfterSeconds');
  });

  it('for its key has the next one read a fresh key, and repeats nothing', async () => {
    let key = 'old-key';
    const apiKey = { read: async () => key, readAfresh: async () => (key = submissionKey) };
    const { detect } = submittingTo(table, { ...simulator, clients: { apiKey } });
    expect((await failureOf(detect({ media_url }))).details.providerCode).toBe(401);
    expect(posts()).toBe(1);
    await detect({ media_url });
  });
});

describe('a submission whose outcome is not known', () => {
  const steps: SubmissionStep[] = [true, false].flatMap((isCreated) => [
    { step: 'reset', isCreated },
    { step: 'cut', isCreated },
    { step: 'reset-in-answer', isCreated },
    { step: 'not-json', isCreated },
    { step: 'page', httpStatus: 502, isCreated },
    { step: 'page', httpStatus: 403, isCreated },
  ]);
  const codes: SubmissionStep[] = [500, 501, 400].map((code) => ({ step: 'code', code }));

  it.each([...steps, ...codes, { step: 'reset-before-body' } as const])(
    'by %o stays so for its key',
    async (step) => {
      const { detect, clock } = submittingTo(table, simulator);
      const input = { media_url, idempotency_key: newKey() };
      simulator.scriptSubmissions(step);
      const sentence =
        'Whether the provider created a task is not known: the same idempotency key submits nothing more; a new key submits anew, perhaps for a second time.';
      for (const ms of [0, 30_000, 3_600_000, 82_000_000]) {
        clock.pass(ms);
        expect(await failureOf(detect(input))).toMatchObject({
          code: 'SUBMISSION_UNKNOWN',
          message: sentence,
        });
      }
      expect(posts()).toBe(1);
      await detect({ ...input, idempotency_key: newKey() });
      expect(posts()).toBe(2);
    },
  );
});

const read = async (): Promise<never> => Promise.reject(new Error('the store is down'));

describe('a submission that cannot be sent', () => {
  it('is tried three times, then free to be repeated', async () => {
    const { detect, clock } = submittingTo(table, { baseUrl: `http://127.0.0.1:${await unusedPort()}` });
    const input = { media_url, idempotency_key: newKey() };
    const beganMs = clock.now();
    expect(await failureOf(detect(input))).toMatchObject({
      code: 'SUBMISSION_UNSENT',
      details: { reason: 'connection-refused', retryAfterSeconds: 5 },
      message: 'Nothing was submitted; submit again (connection-refused).',
    });
    expect(clock.now() - beganMs).toBe(600);
    await submittingTo(table, { ...simulator, clock }).detect(input);
    expect(posts()).toBe(1);
  });

  it('in time for the rate limit is not sent', async () => {
    const { detect } = submittingTo(table, { ...simulator, rateLimit: 0.01 });
    const outcomes = [];
    for (let call = 0; call < 12; call++)
      outcomes.push(await detect({ media_url, idempotency_key: newKey() }).then(() => 'sent', failureText));
    expect(new Set(outcomes)).toEqual(
      new Set(['sent', 'Nothing was submitted; submit again (the rate limit is used up).']),
    );
    expect(posts()).toBe(outcomes.filter((outcome) => outcome === 'sent').length);
  });

  it('because the API key cannot be read frees its key', async () => {
    const broken = submittingTo(table, { ...simulator, clients: { apiKey: { read, readAfresh: read } } });
    const input = { media_url, idempotency_key: newKey() };
    await expect(broken.detect(input)).rejects.toThrow('the store is down');
    await submittingTo(table, { ...simulator, clock: broken.clock }).detect(input);
    expect(posts()).toBe(1);
  });

  it('for want of an API key says so', async () => {
    const none = { read: async () => undefined, readAfresh: async () => undefined };
    const { detect } = submittingTo(table, { ...simulator, clients: { apiKey: none } });
    expect((await failureOf(detect({ media_url }))).message).toBe(
      'Nothing was submitted; submit again (there is no API key: store one with face-poller set-key, or on one machine in CRUN_API_KEY).',
    );
    expect(posts()).toBe(0);
  });
});

const failureText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
