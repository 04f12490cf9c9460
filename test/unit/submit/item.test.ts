/** What is stored of a submission, and what a second request with its key is compared by. */
import { describe, expect, it } from 'vitest';

import { fromItem } from '../../../functions/records/item.ts';
import { createSubmissions, type Submission } from '../../../functions/submit/item.ts';
import { tableName } from '../../../local/table.ts';
import { memoryTable } from '../../support/memory-table.ts';
import { noonMs, taskId } from '../../support/records.ts';

const media_url = 'https://media.example/canary.jpg';
const media_sha256 = 'a'.repeat(64);
const idempotency_key = 'key-1';
const input = { media_url, idempotency_key, metadata: { note: 'canary' } };

function submissionsHere(provider = 'api.crun.ai') {
  const { client, items } = memoryTable();
  const submissions = createSubmissions({ client, tableName, provider, now: () => noonMs });
  const stored = () =>
    fromItem<Submission & { detect_task_id: string }>(items.get('#submission#key-1') ?? {});
  return { submissions, stored };
}
async function claimed(of: Parameters<ReturnType<typeof createSubmissions>['claim']>[0] = input) {
  const here = submissionsHere();
  const claim = await here.submissions.claim(of);
  if (claim === 'conflict') throw new Error('the key is free');
  return { ...here, claim };
}

describe('a key that is taken', () => {
  it('is kept for a day, with digests of what was asked and no word of it', async () => {
    const { stored, claim, submissions } = await claimed();
    expect(stored()).toEqual({ detect_task_id: '#submission#key-1', ...claim });
    expect(claim).toMatchObject({
      state: 'sending',
      claimed_at: new Date(noonMs).toISOString(),
      expires_at: noonMs / 1_000 + 86_400,
    });
    expect(Object.keys(claim.parameters)).toEqual(['provider', 'media', 'metadata']);
    for (const digest of Object.values(claim.parameters)) expect(digest).toMatch(/^[\w-]{22}$/);
    expect(JSON.stringify(stored())).not.toContain('canary');
    expect(await submissions.read(idempotency_key)).toMatchObject(claim);
    expect(await submissions.read('key-2')).toBeUndefined();
  });

  it('keeps the address of an uploaded file, because the next upload has another', async () => {
    const { claim } = await claimed({ ...input, media_sha256 });
    expect(claim.media_url).toBe(media_url);
  });

  it('is taken from no other, until nothing came of it', async () => {
    const { submissions, claim } = await claimed();
    expect(await submissions.claim(input)).toBe('conflict');
    await submissions.settle(idempotency_key, claim, { kind: 'unsent', reason: 'dns' });
    expect(await submissions.claim(input)).toMatchObject({ state: 'sending' });
  });
});

describe('an outcome', () => {
  it.each([
    [
      { kind: 'created', detectTaskId: taskId('task-1') },
      { state: 'submitted', task: 'task-1' },
    ],
    [{ kind: 'unknown' }, { state: 'unknown' }],
    [
      { kind: 'unsent', reason: 'dns' },
      { state: 'free', outcome: { kind: 'unsent', reason: 'dns' } },
    ],
  ] as const)('%o is stored once', async (outcome, stored) => {
    const here = await claimed();
    await here.submissions.settle(idempotency_key, here.claim, outcome);
    expect(here.stored()).toMatchObject({ ...stored, claim: here.claim.claim });
    await here.submissions.settle(idempotency_key, here.claim, {
      kind: 'created',
      detectTaskId: taskId('late'),
    });
    expect(here.stored()).toMatchObject(stored);
  });

  it('of another claim changes nothing', async () => {
    const { submissions, claim, stored } = await claimed();
    await submissions.settle(idempotency_key, { ...claim, claim: 'of-another' }, { kind: 'unknown' });
    expect(stored()).toMatchObject({ state: 'sending' });
  });
});

describe('a second request', () => {
  it.each([
    ['the same', input, undefined],
    ['one with another key order', { ...input, metadata: { note: 'canary' } }, undefined],
    ['other media', { ...input, media_url: `${media_url}?2` }, 'media_url'],
    ['other metadata', { ...input, metadata: { note: 'other' } }, 'metadata'],
    ['a field less', { media_url, idempotency_key }, 'metadata'],
    ['a field more', { ...input, deadline_seconds: 9 }, 'deadline_seconds'],
  ])('is compared with the first: %s', async (_what, next, field) => {
    const { claim, submissions } = await claimed();
    expect(submissions.differingField(claim, next)).toBe(field);
  });

  it('to another provider is another one', async () => {
    const { claim } = await claimed();
    expect(submissionsHere('api.example').submissions.differingField(claim, input)).toBe('provider');
  });

  it('of a file is compared by its content alone', async () => {
    const { claim, submissions } = await claimed({ ...input, media_sha256 });
    expect(
      submissions.differingField(claim, { ...input, media_sha256, media_url: `${media_url}?2` }),
    ).toBeUndefined();
    expect(submissions.differingField(claim, { ...input, media_sha256: 'b'.repeat(64) })).toBe('media_url');
  });
});
