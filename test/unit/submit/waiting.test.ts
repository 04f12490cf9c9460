/** A request that meets another with its key: how it waits, and for how long. And what is rejected before any call. */
import { describe, expect, it } from 'vitest';

import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { createDetect, type DetectDeps } from '../../../functions/submit/detect.ts';
import { createSubmissions, type Submission } from '../../../functions/submit/item.ts';
import { SubmissionError } from '../../../functions/submit/outcome.ts';
import { accepted } from '../../../local/simulator/envelope.ts';
import { tableName } from '../../../local/table.ts';
import { memoryTable } from '../../support/memory-table.ts';
import { noonMs, taskId, testClock } from '../../support/records.ts';

const media_url = 'https://media.example/a.jpg';
const input = { media_url, idempotency_key: 'key-1' };
const started = { head: { detect_task_id: 'task-1' }, isNew: true } as never;

const stored = createSubmissions({
  ...memoryTable(),
  tableName,
  provider: 'api.crun.ai',
  now: () => noonMs,
});
/** As the first request with this input has stored them. */
const first = await stored.claim({ ...input, media_type: 'image' });
const parameters = first === 'conflict' ? {} : first.parameters;

function detecting(known: (Submission & object) | undefined, deps: Partial<DetectDeps> = {}) {
  const clock = testClock();
  const beganMs = clock.now();
  const slept: number[] = [];
  const starts: object[] = [];
  const settled: string[] = [];
  let calls = 0;
  const detect = createDetect({
    clock: {
      now: () => clock.now(),
      async sleep(ms) {
        slept.push(ms);
        clock.pass(ms);
      },
    },
    submissions: {
      ...stored,
      read: async () => known,
      claim: async () => 'conflict',
      settle: async (_key, _claim, { kind }) => void settled.push(kind),
    },
    service: { start: async (of) => (starts.push(of), started) },
    records: {
      defaults: { deadlineSeconds: 1, retentionSeconds: 1, shards: 1 },
      read: async () => ({ kind: 'absent' }),
    },
    crun: {
      async call(_endpoint, { onConnect }) {
        calls += 1;
        onConnect?.();
        return { kind: 'answered', httpStatus: 200, body: JSON.stringify(accepted('task-1')) };
      },
    },
    apiKey: { read: async () => 'the-key', readAfresh: async () => 'the-key' },
    experimentalVideo: false,
    measure: () => {},
    log: () => {},
    ...deps,
  });
  return { detect, clock, slept, starts, settled, waitedMs: () => clock.now() - beganMs, calls: () => calls };
}

const sending = (agoMs: number): Submission => ({
  state: 'sending',
  claim: 'of-another',
  claimed_at: new Date(testClock().now() - agoMs).toISOString(),
  parameters,
  expires_at: 0,
});

describe('a request that waits for another with its key', () => {
  it('asks ever more seldom, at least every second, and comes to an end after 19 seconds', async () => {
    const { detect, slept, waitedMs, calls } = detecting(sending(0));
    await expect(detect(input)).rejects.toMatchObject({ code: 'SUBMISSION_BUSY' });
    expect(slept.slice(0, 4)).toEqual([50, 75, 112.5, 168.75]);
    expect(Math.max(...slept)).toBe(1_000);
    expect(slept.at(-1)).toBe(1_000);
    expect(waitedMs()).toBeGreaterThanOrEqual(19_000);
    expect(waitedMs()).toBeLessThan(20_000);
    expect(calls()).toBe(0);
  });

  it.each([
    [59_999, 'at first'],
    [-59_999, 'at first'],
    [60_000, 'not at all'],
    [-60_000, 'not at all'],
  ])('for one that is %i ms old waits %s', async (agoMs, how) => {
    const { detect, slept } = detecting(sending(agoMs));
    await expect(detect(input)).rejects.toThrow(SubmissionError);
    expect(slept.length > 0).toBe(how === 'at first');
  });
});

const submitted = (aheadMs: number): Submission => ({
  ...sending(-aheadMs),
  state: 'submitted',
  task: taskId('task-1'),
});

describe('a submission that is known', () => {
  it.each([
    [0, true],
    [60_000, true],
    [60_001, false],
  ])('since %i ms from now has its moment on the record: %s', async (aheadMs, isKnown) => {
    const { detect, starts, clock } = detecting(submitted(aheadMs));
    await detect(input);
    const submitted_at = new Date(clock.now() + aheadMs).toISOString();
    expect(starts).toEqual([
      { media_url, media_type: 'image', detect_task_id: 'task-1', ...(isKnown && { submitted_at }) },
    ]);
  });

  it('is polled with the address that it was submitted with', async () => {
    const address = 'https://media.example/first.jpg';
    const { detect, starts } = detecting({ ...submitted(0), media_url: address });
    await detect(input);
    expect(starts).toMatchObject([{ media_url: address }]);
  });
});

const failing = (error: Error) => async (): Promise<never> => {
  throw error;
};

describe('a submission without a key whose polling cannot be started', () => {
  it('tells its caller the id', async () => {
    const { detect } = detecting(undefined, { service: { start: failing(new Error('the table is down')) } });
    await expect(detect({ media_url })).rejects.toMatchObject({
      code: 'SUBMISSION_NOT_STARTED',
      message: 'The media was submitted, but its polling could not be started (start it by its id, task-1).',
    });
  });

  it('tells its caller what is wrong with the request, if that is why', async () => {
    const differs = new RejectedRequestError('conflict', 'metadata: differs', 'metadata');
    const { detect } = detecting(undefined, { service: { start: failing(differs) } });
    await expect(detect({ media_url })).rejects.toThrow('metadata: differs');
  });
});

describe('input that is rejected before any call', () => {
  it.each<[unknown, string, string]>([
    [null, 'input', 'must be a JSON object'],
    [{}, 'media_url', 'is required'],
    [{ ...input, more: 1 }, 'more', 'is not a known field'],
    [{ ...input, media_sha256: 7 }, 'media_sha256', 'must be a string'],
    [{ ...input, media_sha256: `${'a'.repeat(64)}b` }, 'media_sha256', 'must be 64 hexadecimal digits'],
    [{ ...input, media_sha256: `b${'a'.repeat(64)}` }, 'media_sha256', 'must be 64 hexadecimal digits'],
    [{ ...input, media_sha256: 'A'.repeat(64) }, 'media_sha256', 'must be 64 hexadecimal digits'],
    [{ ...input, idempotency_key: 7 }, 'idempotency_key', 'must be a string'],
    ...['', 'a'.repeat(65), ' a', 'a ', 'a/b'].map((key): [unknown, string, string] => [
      { ...input, idempotency_key: key },
      'idempotency_key',
      'must be 1 to 64 letters, digits, "-" or "_"',
    ]),
    [
      { media_url: 'https://media.example/a' },
      'media_type',
      'must be given, because the path of media_url ends with none of .jpg, .jpeg, .png, .webp, .avif, .bmp, .gif, .mp4, .m4v, .mov, .webm',
    ],
    ...['a.mp4', 'a.gif'].map((file): [unknown, string, string] => [
      { media_url: `https://media.example/${file}` },
      'media_type',
      "video and GIF are off, because the provider's call for them is documented nowhere; experimentalVideo on a stack, or CRUN_EXPERIMENTAL_VIDEO=1 on one machine, tries it",
    ]),
    [{ ...input, callback_url: 'http://hooks.example/' }, 'callback_url', 'must be an https URL'],
  ])('%o', async (given, field, rule) => {
    const { detect, calls } = detecting(undefined);
    await expect(detect(given)).rejects.toMatchObject({
      name: 'RejectedRequestError',
      kind: 'invalid',
      field,
      message: expect.stringContaining(`${field}: ${rule}`) as unknown,
    });
    expect(calls()).toBe(0);
  });
});
