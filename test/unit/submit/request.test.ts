import type { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { fixedKey } from '../../../functions/api-key/reader.ts';
import { createCrunClient } from '../../../functions/crun/client.ts';
import { submitByFunction } from '../../../functions/submit/invoke.ts';
import { answerSubmit } from '../../../functions/submit/request.ts';
import { createPrepareUpload } from '../../../functions/submit/submitter.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { submissionKey, submittingTo } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey: submissionKey });
});
afterEach(() => simulator.close());

const media_url = 'https://media.example/a.jpg';
const submitterHere = () => {
  const { detect, records } = submittingTo(table, simulator);
  const crun = createCrunClient(simulator);
  const prepareUpload = createPrepareUpload({ crun, apiKey: fixedKey(submissionKey) });
  return { submitter: { detect, prepareUpload }, records };
};

/** The function behind the bytes that an invocation has. */
function functionHere(changes: { answer?: object } = {}) {
  const { submitter, records } = submitterHere();
  const asked: unknown[] = [];
  const client = {
    async send({ input }: { input: { FunctionName: string; Payload: string } }) {
      expect(input.FunctionName).toBe('arn:submit');
      const event: unknown = JSON.parse(input.Payload);
      asked.push(event);
      if (changes.answer) return changes.answer;
      const { answer } = await answerSubmit(submitter, event);
      return { Payload: Buffer.from(JSON.stringify(answer)) };
    },
  } as unknown as LambdaClient;
  return { asked, ...submitByFunction({ client, functionArn: 'arn:submit', records }) };
}

describe('a workflow', () => {
  it('is answered with the outcome of the task: ids and counts, and no link', async () => {
    const { submitter } = submitterHere();
    const event = { media_url, metadata: { a: 1 }, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'parent' };
    const { answer, thrown } = await answerSubmit(submitter, event);
    expect(thrown).toBeUndefined();
    expect(answer).toEqual({ detect_task_id: simulator.created[0]?.detectTaskId, status: 'starting' });
  });

  it('sees what comes to nothing by name, without a word of the provider', async () => {
    const { submitter } = submitterHere();
    simulator.scriptSubmissions({ step: 'code', code: 422, message: 'words of the provider' });
    const rejected = await answerSubmit(submitter, { media_url });
    expect(rejected.thrown).toMatchObject({
      name: 'SUBMISSION_REJECTED',
      message: 'The provider rejected the submission with code 422; nothing was created.',
    });
    simulator.scriptSubmissions({ step: 'reset', isCreated: true });
    expect((await answerSubmit(submitter, { media_url })).thrown?.name).toBe('SUBMISSION_UNKNOWN');
    const invalid = await answerSubmit(submitter, { media_url: 'a.jpg' });
    expect(invalid.thrown).toMatchObject({
      name: 'InvalidInput',
      message: 'media_url: must be an http or https URL without user name or password',
    });
    expect((await answerSubmit(submitter, null)).thrown?.name).toBe('InvalidInput');
  });
});

const failing = async (): Promise<never> => {
  throw new TypeError('the table is down');
};

describe('the function', () => {
  it('answers with no error of its own: those are its log’s', async () => {
    const submitter = { ...submitterHere().submitter, detect: failing };
    for (const event of [{ media_url }, { operation: 'detect', input: { media_url } }])
      await expect(answerSubmit(submitter, event)).rejects.toThrow('the table is down');
  });

  it('takes what is neither of its requests for a workflow’s input, and rejects it', async () => {
    const { submitter } = submitterHere();
    for (const event of [{ operation: 'upload', content_type: 7 }, { operation: 'other' }])
      expect((await answerSubmit(submitter, event)).thrown?.name).toBe('InvalidInput');
  });
});

describe('a client of the function', () => {
  it('submits, and reads the record itself; each call has a key, because the SDK may repeat it', async () => {
    const { detect, asked } = functionHere();
    const { head, isNew } = await detect({ media_url, media_type: undefined });
    expect([head.detect_task_id, isNew]).toEqual([simulator.created[0]?.detectTaskId, true]);
    expect(asked).toEqual([
      {
        operation: 'detect',
        input: { media_url, idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown },
      },
    ]);
  });

  it('keeps the key of its caller', async () => {
    const { detect } = functionHere();
    const input = { media_url, idempotency_key: 'of-the-caller' };
    const first = await detect(input);
    expect(await detect(input)).toEqual({ ...first, isNew: false });
    await expect(detect({ ...input, media_url: 'https://media.example/b.jpg' })).rejects.toMatchObject({
      name: 'RejectedRequestError',
      kind: 'conflict',
      field: 'media_url',
    });
  });

  it("has the provider's own words", async () => {
    const { detect } = functionHere();
    simulator.scriptSubmissions({ step: 'code', code: 429, message: 'slow down', retryAfter: '9' });
    await expect(detect({ media_url })).rejects.toMatchObject({
      name: 'SubmissionError',
      code: 'SUBMISSION_REJECTED',
      details: { providerCode: 429, providerMessage: 'slow down', retryAfterSeconds: 9 },
    });
  });

  it('gets an address for an upload, and no byte goes through the function', async () => {
    const { prepareUpload } = functionHere();
    const upload = await prepareUpload({ content_type: 'image/png', ext: '.png' });
    expect(upload.file_url).toBe(simulator.uploads[0]?.fileUrl);
  });

  it('hears what is wrong with input that is no object', async () => {
    const { detect, asked } = functionHere();
    for (const input of [null, [], 'a.jpg']) {
      await expect(detect(input)).rejects.toMatchObject({ kind: 'invalid', field: 'input' });
      expect(asked.pop()).toEqual({ operation: 'detect', input });
    }
  });

  it('is told where the record was forgotten before it was read', async () => {
    const answer = { kind: 'started', detect_task_id: 'gone-1', is_new: true };
    const { detect } = functionHere({ answer: { Payload: Buffer.from(JSON.stringify(answer)) } });
    await expect(detect({ media_url })).rejects.toThrow('gone-1: was forgotten meanwhile');
  });

  it.each([
    [{ FunctionError: 'Unhandled' }, 'the Submit function failed; its log says where'],
    [{ Payload: Buffer.from('{"kind":"prepared"}') }, 'the Submit function answered another question'],
  ])('says so where the function does not answer: %o', async (answer, sentence) => {
    await expect(functionHere({ answer }).detect({ media_url })).rejects.toThrow(sentence);
  });
});
