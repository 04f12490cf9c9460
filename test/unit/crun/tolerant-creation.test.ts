/** The documented answers to a submission and to a request for an upload, with each of their fields varied. */
import { describe, expect, it } from 'vitest';

import { createDetection } from '../../../functions/crun/create.ts';
import { prepareUpload } from '../../../functions/crun/upload.ts';
import { answered } from '../../support/answers.ts';
import { type Expected, expectedOf, variations } from '../../support/variations.ts';
import { varied } from '../../support/variations.ts';

const options = { apiKey: 'a-key-of-the-tests', timeoutMs: 1_000 };
const media = { media_url: 'https://media.example/a.jpg', media_type: 'image' } as const;
const crunSaying = (body: string, isLoopback = false) => ({ isLoopback, call: async () => answered(body) });

async function created(body: string): Promise<string> {
  const creation = await createDetection({ crun: crunSaying(body), now: () => 0 }, media, options);
  return creation.kind === 'created' ? creation.detectTaskId : creation.kind;
}
async function prepared(body: string, isLoopback = false): Promise<string> {
  const preparation = await prepareUpload(
    crunSaying(body, isLoopback),
    { content_type: 'image/png', ext: '.png' },
    options,
  );
  return preparation.kind;
}

async function outcomesOf(answer: unknown, path: string, outcome: (body: string) => Promise<string>) {
  const steps = path === '' ? [] : path.split('.');
  const entries = Object.keys(variations).map(async (variation) => {
    const body = JSON.stringify(varied(answer, steps, variation as keyof typeof variations));
    return [variation, await outcome(body ?? '')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const creation = { code: 200, message: 'success', data: { detect_task_id: 'dit60yt8reqplt1c16' } };
const upload = {
  code: 200,
  message: 'success',
  data: { presigned_url: 'https://bucket.example/put?signed', file_url: 'https://bucket.example/a.png' },
};
const id = 'dit60yt8reqplt1c16';

describe('a varied field of a submission', () => {
  it.each<[string, ...Expected]>([
    ['', 'unknown', [id, 'in a list', 'as JSON text']],
    ['code', id, ['unknown', 'number']],
    ['message', id],
    ['data', 'unknown', [id, 'in a list', 'as JSON text']],
    ['data.detect_task_id', 'unknown', [id, 'as JSON text'], ['7', 'number'], ['other', 'text']],
  ])('costs no task that was answered: %s', async (path, ...expected) => {
    expect(await outcomesOf(creation, path, created)).toEqual(expectedOf(expected));
  });
});

describe('a varied field of an upload', () => {
  it.each<[string, ...Expected]>([
    ['', 'failed', ['prepared', 'in a list', 'as JSON text']],
    ['code', 'prepared', ['failed', 'number']],
    ['message', 'prepared'],
    ['data', 'failed', ['prepared', 'in a list', 'as JSON text']],
    ['data.presigned_url', 'failed'],
    ['data.file_url', 'failed'],
  ])('costs no address that was answered: %s', async (path, ...expected) => {
    expect(await outcomesOf(upload, path, prepared)).toEqual(expectedOf(expected));
  });
});

it('an upload that repeats the key is none, because it goes on to callers', async () => {
  const repeating = {
    ...upload,
    data: { ...upload.data, presigned_url: `https://b.example/?k=${options.apiKey}` },
  };
  expect(await prepared(JSON.stringify(repeating))).toBe('failed');
});

it.each([
  ['http://bucket.example/put?signed', 'failed', 'failed'],
  ['http://127.0.0.1:8080/put?signed', 'failed', 'prepared'],
  ['HTTPS://bucket.example/put?signed', 'prepared', 'prepared'],
  ['https://name:word@bucket.example/put?signed', 'failed', 'failed'],
])(
  'a picture goes to no server in the clear, and to this machine only from a provider on it: %s',
  async (presigned_url, elsewhere, here) => {
    const body = JSON.stringify({ ...upload, data: { ...upload.data, presigned_url } });
    expect([await prepared(body), await prepared(body, true)]).toEqual([elsewhere, here]);
  },
);
