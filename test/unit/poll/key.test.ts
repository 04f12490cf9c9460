import { describe, expect, it } from 'vitest';

import type { ApiKeyReader } from '../../../functions/api-key/reader.ts';
import { answered, htmlPage } from '../../support/answers.ts';
import { after, body, code, type Reply, succeeded, task, invocationsTo } from '../../support/invocations.ts';
import { newId, noonMs, testClock } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

/** A reader that takes `passMs` on the clock. */
function keys(read?: string, afresh?: string, passMs = 0) {
  const clock = testClock();
  const given: string[] = [];
  const give = (how: string, key?: string) => async () => {
    clock.pass(passMs);
    given.push(how);
    return key;
  };
  const apiKey: ApiKeyReader = { read: give('read', read), readAfresh: give('afresh', afresh) };
  return { clock, given, apiKey };
}

/** A new task, polled with these keys to its end. */
async function polled(replies: Reply[], options: Partial<ReturnType<typeof keys>> = {}, input = {}) {
  const invocations = invocationsTo(table, replies, options);
  const id = newId();
  const { answer } = await invocations.run('1', { detect_task_id: id, ...input });
  return { ...invocations, id, answer, askedWith: invocations.asked.map(({ key }) => key) };
}

const byKey: Reply = (asked) => (asked.key === 'good' ? succeeded([])(asked) : code(401)(asked));
/** The provider repeats the key of the call. */
const echo =
  (spell: (key: string) => string): Reply =>
  ({ key }) =>
    body({ code: 401, message: `the key ${spell(key)} is not known` });
const secret = 'a-secret-of-any-form';

describe('the key', () => {
  it('is read afresh and tried once more where it is denied: it may have been rotated', async () => {
    const rotated = keys('old', 'good');
    expect(await polled([byKey], rotated)).toMatchObject({
      answer: { next: 'settled' },
      askedWith: ['old', 'good'],
    });
    expect(rotated.given).toEqual(['read', 'afresh']);
  });

  it.each([401, 403])('that is denied twice, by code %i, ends the polling', async (number) => {
    const { answer, askedWith, headOf, id } = await polled([code(number)]);
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'UNAUTHORIZED' } });
    expect(askedWith).toEqual(['a key', 'a fresh key']);
    expect(await headOf(id)).toMatchObject({ polls: 2, error: { provider_code: String(number) } });
  });

  it.each([
    ['a page', undefined],
    ['a page with a hint', '1'],
  ])('is neither doubted nor read afresh where a firewall answers with %s', async (_what, retryAfter) => {
    const good = keys('good');
    const challenge: Reply = () => answered(htmlPage, 403, retryAfter);
    const { answer, lines } = await polled([challenge, challenge, succeeded([])], good);
    expect(answer).toMatchObject({ next: 'settled' });
    expect(new Set(good.given)).toEqual(new Set(['read']));
    expect(lines[0]).toMatchObject({ reason: expect.stringMatching(/^HTTP 403 with/) as string });
  });

  it.each([
    ['at first', keys(undefined, 'good'), []],
    ['any more', keys('old'), ['old']],
  ])('that does not exist %s makes no call', async (_when, given, askedWith) => {
    expect(await polled([byKey], given)).toMatchObject({
      answer: { next: 'abandoned', error: { code: 'UNAUTHORIZED' } },
      askedWith,
    });
  });

  it('that is read too slowly makes no call after the deadline', async () => {
    const slow = keys('good', 'good', 29_600);
    const { answer, asked } = await polled([byKey], slow, { deadline_seconds: 30 });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(asked).toEqual([]);
  });

  it('that is denied at the last moment is not tried afresh after the deadline', async () => {
    const slow = keys('old', 'good', 15_000);
    const { answer, asked } = await polled([after(slow.clock, 5_000, byKey)], slow, { deadline_seconds: 35 });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'UNAUTHORIZED' } });
    expect(asked.map(({ atMs }) => atMs - noonMs)).toEqual([15_000]);
  });

  it.each<[string, (key: string) => string]>([
    ['as it is', (key) => key],
    ['in capitals', (key) => key.toUpperCase()],
    ['URL-encoded', (key) => key.replaceAll('-', '%2D')],
    ['in part', (key) => key.slice(0, 12)],
  ])('does not come into the record where the provider repeats it %s', async (_how, spell) => {
    const { id } = await polled([echo(spell)], keys(secret, secret));
    const stored = JSON.stringify([...(await table.stored(id)).values()]);
    expect(stored).toContain('the key … is not known');
    expect(stored.toLowerCase()).not.toContain(secret.slice(0, 8));
  });

  it.each([
    ['the id', secret, { id: `m1-${secret}` }],
    ['the beginning', secret, { started_at: secret }],
    ['the end', secret, { finished_at: `since ${secret}` }],
    ['eight letters of the id', 'm1oZzqYp', {}],
  ])('makes an answer unusable that repeats it as %s of the result', async (_what, key, more) => {
    const result = { id: 'm1oZzqYp9dN', faces: [], started_at: null, finished_at: null, ...more };
    const { lines, answer, id } = await polled([task('succeeded', { result })], keys(key, key));
    expect(answer).toMatchObject({ error: { code: 'CONTRACT_VIOLATION' } });
    expect(lines[0]).toMatchObject({ observation: 'violation', reason: 'repeats the key' });
    expect(JSON.stringify([lines, answer, [...(await table.stored(id)).values()]])).not.toContain(key);
  });

  it('that is too short to be one does not cost an answer that holds its letters by chance', async () => {
    const { answer } = await polled([succeeded([])], keys('m1', 'm1'));
    expect(answer).toMatchObject({ output: { status: 'succeeded', detect_id: 'm1oZzqYp9dN' } });
  });
});
