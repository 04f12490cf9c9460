import { describe, expect, it } from 'vitest';

import type { ApiKeyReader } from '../../../functions/api-key/reader.ts';
import { answered, htmlPage } from '../../support/answers.ts';
import { after, code, type Reply, succeeded, task, invocationsTo } from '../../support/invocations.ts';
import { newId, noonMs, testClock } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

/** A reader that takes `passMs` on the clock. */
const keys = (read?: string, afresh?: string, passMs = 0) => {
  const clock = testClock();
  const given: string[] = [];
  const apiKey: ApiKeyReader = {
    async read() {
      clock.pass(passMs);
      given.push('read');
      return read;
    },
    async readAfresh() {
      clock.pass(passMs);
      given.push('afresh');
      return afresh;
    },
  };
  return { clock, given, apiKey };
};
const byKey: Reply = (asked) => (asked.key === 'good' ? succeeded([])(asked) : code(401)(asked));

/** The provider repeats the key of the call. */
const echo: Reply = ({ key }) => ({
  kind: 'answered',
  httpStatus: 200,
  body: JSON.stringify({ code: 401, message: `the key ${key} is not known` }),
});

describe('the key', () => {
  it('is read afresh and tried once more where it is denied: it may have been rotated', async () => {
    const { clock, given, apiKey } = keys('old', 'good');
    const invocations = invocationsTo(table, [byKey], { clock, apiKey });
    expect(await invocations.invoke('1', { detect_task_id: newId() })).toMatchObject({ next: 'settled' });
    expect([invocations.asked.map((asked) => asked.key), given]).toEqual([
      ['old', 'good'],
      ['read', 'afresh'],
    ]);
  });

  it.each([401, 403])('that is denied twice, by code %i, ends the polling', async (number) => {
    const id = newId();
    const invocations = invocationsTo(table, [code(number)]);
    const answer = await invocations.invoke('1', { detect_task_id: id });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'UNAUTHORIZED' } });
    expect(invocations.asked.map((asked) => asked.key)).toEqual(['a key', 'a fresh key']);
    expect(await invocations.headOf(id)).toMatchObject({
      polls: 2,
      error: { provider_code: String(number) },
    });
  });

  it.each([
    ['a page', undefined],
    ['a page with a hint', '1'],
  ])('is neither doubted nor read afresh where a firewall answers with %s', async (_what, retryAfter) => {
    const { clock, given, apiKey } = keys('good');
    const challenge: Reply = () => answered(htmlPage, 403, retryAfter);
    const invocations = invocationsTo(table, [challenge, challenge, succeeded([])], { clock, apiKey });
    const { answer } = await invocations.run('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ next: 'settled' });
    expect(new Set(given)).toEqual(new Set(['read']));
    expect(invocations.lines[0]).toMatchObject({ reason: expect.stringMatching(/^HTTP 403 with/) as string });
  });

  it.each([
    ['at first', undefined, 'good', 0],
    ['any more', 'old', undefined, 1],
  ])('that does not exist %s makes no call', async (_when, read, afresh, calls) => {
    const { clock, apiKey } = keys(read, afresh);
    const invocations = invocationsTo(table, [byKey], { clock, apiKey });
    const answer = await invocations.invoke('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'UNAUTHORIZED' } });
    expect(invocations.asked).toHaveLength(calls);
  });

  it('that is read too slowly makes no call after the deadline', async () => {
    const { clock, apiKey } = keys('good', 'good', 29_600);
    const invocations = invocationsTo(table, [byKey], { clock, apiKey });
    const answer = await invocations.invoke('1', { detect_task_id: newId(), deadline_seconds: 30 });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(invocations.asked).toEqual([]);
  });

  it('that is denied at the last moment is not tried afresh after the deadline', async () => {
    const { clock, apiKey } = keys('old', 'good', 15_000);
    const slowly = after(clock, 5_000, byKey);
    const invocations = invocationsTo(table, [slowly], { clock, apiKey });
    const answer = await invocations.invoke('1', { detect_task_id: newId(), deadline_seconds: 35 });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: 'UNAUTHORIZED' } });
    expect(invocations.asked.map((asked) => asked.atMs - noonMs)).toEqual([15_000]);
  });

  it('does not come into the record where the provider repeats it', async () => {
    const { clock, apiKey } = keys('a-secret-of-any-form', 'a-secret-of-any-form');
    const invocations = invocationsTo(table, [echo], { clock, apiKey });
    const id = newId();
    await invocations.invoke('1', { detect_task_id: id });
    const stored = JSON.stringify([...(await table.stored(id)).values()]);
    expect(stored).toContain('the key … is not known');
    expect(stored).not.toContain('a-secret-of-any-form');
  });

  it.each([
    ['the id', { id: 'm1-a-secret-of-any-form' }],
    ['the beginning', { started_at: 'a-secret-of-any-form' }],
    ['the end', { finished_at: 'since a-secret-of-any-form' }],
  ])('makes an answer unusable that repeats it as %s of the result', async (_what, more) => {
    const { clock, apiKey } = keys('a-secret-of-any-form', 'a-secret-of-any-form');
    const result = { id: 'm1oZzqYp9dN', faces: [], started_at: null, finished_at: null, ...more };
    const invocations = invocationsTo(table, [task('succeeded', { result })], { clock, apiKey });
    const { answer } = await invocations.run('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ error: { code: 'CONTRACT_VIOLATION' } });
    expect(invocations.lines[0]).toMatchObject({ observation: 'violation', reason: 'repeats the key' });
    expect(JSON.stringify([invocations.lines, answer, [...(await table.items()).values()]])).not.toContain(
      'a-secret-of-any-form',
    );
  });

  it('that is too short to be one does not cost an answer that holds its letters by chance', async () => {
    const { clock, apiKey } = keys('m1', 'm1');
    const invocations = invocationsTo(table, [succeeded([])], { clock, apiKey });
    const { answer } = await invocations.run('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ output: { status: 'succeeded', detect_id: 'm1oZzqYp9dN' } });
  });

  it('of eight letters is long enough to be one', async () => {
    const invocations = invocationsTo(table, [succeeded([], 'm1oZzqYp9dN')], keys('m1oZzqYp', 'm1oZzqYp'));
    const { answer } = await invocations.run('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ error: { code: 'CONTRACT_VIOLATION' } });
  });

  it.each([
    ['its beginning', 'queued for A Secret', 'queued?for??'],
    ['its middle', 'Secret/of-any', '?'],
    ['its end', 'so many+form', 'so?m?'],
    ['no more than seven letters of it', 'a secre-t', 'a?secre-t'],
  ])('is not logged where %s stands in a status that nobody knows', async (_what, status, logged) => {
    const invocations = invocationsTo(table, [task(status), succeeded([])], keys('A Secret/of-any+Form'));
    await invocations.run('1', { detect_task_id: newId() });
    expect(invocations.lines[0]).toMatchObject({ observation: 'pending', status: logged });
  });
});
