/** Each submission is counted once, by what has to change before the next one succeeds. */
import { describe, expect, it } from 'vitest';

import { startSimulator } from '../../../local/simulator/simulator.ts';
import type { SubmissionStep } from '../../../local/simulator/submission.ts';
import { unusedPort } from '../../support/servers.ts';
import { submissionKey, submittingTo } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const media_url = 'https://media.example/a.jpg';
const ignore = (): void => {};

describe('a submission is counted', () => {
  it.each<[SubmissionStep, string]>([
    [{ step: 'accept' }, 'created'],
    [{ step: 'code', code: 404 }, 'rejected'],
    [{ step: 'code', code: 422 }, 'rejected'],
    [{ step: 'code', code: 401 }, 'denied'],
    [{ step: 'code', code: 402 }, 'denied'],
    [{ step: 'code', code: 403 }, 'denied'],
    [{ step: 'code', code: 505 }, 'denied'],
    [{ step: 'code', code: 429 }, 'unsent'],
    [{ step: 'code', code: 455 }, 'unsent'],
    [{ step: 'code', code: 500 }, 'unknown'],
    [{ step: 'reset', isCreated: true }, 'unknown'],
  ])('after %o as %s', async (step, outcome) => {
    await using simulator = await startSimulator({ apiKey: submissionKey });
    simulator.scriptSubmissions(step);
    const { detect, measured } = submittingTo(table, simulator);
    await detect({ media_url }).catch(ignore);
    expect(measured).toEqual([['submissions', 1, outcome]]);
  });

  it('as unsent where nothing could be connected to, once for all tries', async () => {
    const { detect, measured } = submittingTo(table, { baseUrl: `http://127.0.0.1:${await unusedPort()}` });
    await detect({ media_url }).catch(ignore);
    expect(measured).toEqual([['submissions', 1, 'unsent']]);
  });

  it('once for all requests with its key', async () => {
    await using simulator = await startSimulator({ apiKey: submissionKey });
    const { detect, measured } = submittingTo(table, simulator);
    const idempotency_key = 'counted-once';
    for (let times = 0; times < 3; times++) await detect({ media_url, idempotency_key });
    expect(measured).toEqual([['submissions', 1, 'created']]);
  });
});
