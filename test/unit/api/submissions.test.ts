import { describe, expect, it } from 'vitest';

import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { SubmissionError } from '../../../functions/submit/outcome.ts';
import type { Submitter } from '../../../functions/submit/submitter.ts';
import { startSimulator } from '../../../local/simulator/simulator.ts';
import { apisOn } from '../../support/apis.ts';
import { noSubmitter, submissionKey, submittingTo } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const media_url = 'https://media.example/a.jpg';

const failingWith = (failure: Error): Submitter => ({
  ...noSubmitter,
  async detect() {
    throw failure;
  },
});

describe('POST /detections with media and no task', () => {
  it('submits it, and answers with the record', async () => {
    await using simulator = await startSimulator({ apiKey: submissionKey });
    const { detect } = submittingTo(table, simulator);
    const { ask } = apisOn(table, { submitter: { ...noSubmitter, detect } });
    const body = { media_url, idempotency_key: 'by-the-api' };
    const { status, headers, body: answer } = await ask('POST /detections', { body });
    const [created] = simulator.created;
    expect([status, headers['location']]).toEqual([202, `/detections/${created?.detectTaskId}`]);
    expect(answer).toMatchObject({ detect_task_id: created?.detectTaskId, media_url, media_type: 'image' });
    expect(await ask('POST /detections', { body })).toMatchObject({ status: 200 });
    const other = { ...body, media_url: 'https://media.example/b.jpg' };
    expect(await ask('POST /detections', { body: other })).toMatchObject({
      status: 409,
      body: { field: 'media_url' },
    });
  });

  it('names what is wrong with it', async () => {
    const { ask } = apisOn(table);
    const asked = async (body: object) => (await ask('POST /detections', { body })).body.detail;
    expect(await asked({ media_url: 'a.jpg' })).toMatch(/^media_url: must be an http/);
    expect(await asked({ media_url, idempotency_key: 'a b' })).toMatch(/^idempotency_key: must be 1 to 64/);
    expect(await asked({ media_url, submitted_at: '2026-11-28T12:00:00Z' })).toBe(
      'submitted_at: is not a known field',
    );
    expect(await asked({})).toBe('detect_task_id: is required');
  });

  it.each([
    [{ providerCode: 422, providerMessage: 'no face' } as const, 422, undefined],
    [{ providerCode: 404 } as const, 422, undefined],
    [{ providerCode: 402 } as const, 502, undefined],
    [{ providerCode: 401 } as const, 502, undefined],
    [{ providerCode: 429, retryAfterSeconds: 9 } as const, 503, '9'],
    [{ providerCode: 455 } as const, 503, '5'],
  ])("answers a rejection with the provider's own words: %o", async (details, status, retryAfter) => {
    const { ask } = apisOn(table, {
      submitter: failingWith(new SubmissionError('SUBMISSION_REJECTED', details)),
    });
    const answer = await ask('POST /detections', { body: { media_url } });
    expect(answer).toMatchObject({
      status,
      body: { code: 'SUBMISSION_REJECTED', provider_code: details.providerCode },
    });
    expect(answer.headers['retry-after']).toBe(retryAfter);
  });

  it.each([
    ['SUBMISSION_UNSENT', 503],
    ['SUBMISSION_BUSY', 503],
    ['SUBMISSION_NOT_STARTED', 503],
    ['SUBMISSION_UNKNOWN', 502],
    ['SUBMISSION_UNSUPPORTED', 409],
  ] as const)('answers %s with %i', async (code, status) => {
    const { ask } = apisOn(table, { submitter: failingWith(new SubmissionError(code)) });
    expect(await ask('POST /detections', { body: { media_url } })).toMatchObject({ status, body: { code } });
  });

  it('logs nothing of it', async () => {
    const { ask, logged } = apisOn(table, {
      submitter: failingWith(
        new SubmissionError('SUBMISSION_REJECTED', { providerCode: 402, providerMessage: 'words' }),
      ),
    });
    await ask('POST /detections', { body: { media_url, idempotency_key: 'a-key' } });
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toMatch(/words|media\.example|a-key/);
    const invalid = failingWith(new RejectedRequestError('invalid', 'media_type: is off', 'media_type'));
    expect(
      await apisOn(table, { submitter: invalid }).ask('POST /detections', { body: { media_url } }),
    ).toMatchObject({
      status: 422,
      body: { field: 'media_type' },
    });
  });
});
