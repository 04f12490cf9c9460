/** What Submit and Archive log, throw, publish and say, with private data in every link, answer, picture and error. */
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { explainError } from '../../cli/exit-code.ts';
import { assembleArchive } from '../../functions/archive/assemble.ts';
import type { Got } from '../../functions/archive/get.ts';
import { deletePicturesIn } from '../../functions/archive/store.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { answerSubmit } from '../../functions/submit/request.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import type { SubmissionStep } from '../../local/simulator/submission.ts';
import { markup, memoryStore, pictureNamed } from '../support/pictures.ts';
import { answerOf, recordsOf, some, testClock, testDefaults, written } from '../support/records.ts';
import { submissionKey, submittingTo } from '../support/submitting.ts';
import { openTable, type TestTable } from '../support/table.ts';
import { type CapturedTelemetry, captureTelemetry, contextOf } from '../support/telemetry.ts';

const words = 'th31r-w0rds';
const note = 'c4ll3rs';
const signature = 'X-Amz-Signature=51gn3d';
const link = `https://cdn.example/${words}/0.jpg?${signature}`;
const inBytes = 'p1xels';
const hidden = [
  submissionKey,
  words,
  'cdn.example',
  note,
  'media.example',
  '51gn3d',
  inBytes,
  Buffer.from(inBytes).toString('base64').slice(0, 8),
];
const caller = { media_url: `https://media.example/${note}.jpg`, metadata: { note } };

const full = (): Error =>
  Object.assign(new TypeError(`${words} ${note}`, { cause: new Error(link) }), {
    Body: pictureNamed(inBytes),
    $metadata: { requestId: link },
  });

let table: TestTable;
let telemetry: CapturedTelemetry & Disposable;
let shown: unknown[];
beforeEach(async () => {
  table = await openTable();
  telemetry = captureTelemetry();
  shown = [];
});
afterEach(async () => {
  telemetry[Symbol.dispose]();
  await table.close();
});

/** One invocation, with what Lambda would print of its error. */
const during = (work: () => Promise<unknown>): Promise<unknown> =>
  telemetry.during(contextOf('request'), {}, work).catch((error: Error) => {
    shown.push(inspect(error, { depth: Infinity }));
  });
const leaked = () => {
  const all = telemetry.text() + JSON.stringify(shown);
  return hidden.filter((secret) => all.includes(secret));
};

describe('an archive', () => {
  const faces = [0, 1].map((id) => ({ id, link: `${link}&face=${id}` }));
  const bytes = pictureNamed(inBytes);

  it.each<[string, () => Promise<Got>, boolean]>([
    ['keeps its pictures', async () => ({ bytes }), false],
    ['meets a dead link', async () => ({ fault: 'http-404' }), false],
    ['is given a page', async () => ({ bytes: Buffer.from(`<html>${link}${inBytes}`) }), false],
    ['is given markup', async () => ({ bytes: markup }), false],
    ['fails in the copying', () => Promise.reject(full()), false],
    ['meets a store that fails', async () => ({ bytes }), true],
  ])('that %s shows no link, no address and no byte', async (_what, fetchLink, isFailing) => {
    const clock = testClock();
    const store = memoryStore();
    if (isFailing) store.before = () => Promise.reject(full());
    const on = recordsOf(table, clock, { ...testDefaults, archives: true }, deletePicturesIn(store));
    const head = await written(on.records.complete(await on.begun(caller), answerOf(faces), some));
    await on.publish(head);
    const put = async (event: DetectionEvent): Promise<void> => void shown.push(event);
    const archive = assembleArchive({ records: on.records, put, fetchLink, store, clock, telemetry });
    await during(() => archive(head.detect_task_id, Infinity));
    const after = await on.headOf(head.detect_task_id);
    const manifest = [...store.objects].filter(([key]) => key.endsWith('.json'));
    shown.push(
      after.archive,
      manifest.map(([key, object]) => [key, Buffer.from(object.bytes).toString()]),
    );
    expect(leaked()).toEqual([]);
    expect(telemetry.lines().length).toBeGreaterThan(0);
    expect(after.faces).toEqual(faces);
  });
});

describe('a submission', () => {
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await startSimulator({ apiKey: submissionKey });
  });
  afterEach(() => simulator.close());

  const said = `${words} ${link} ${submissionKey}`;
  it.each<SubmissionStep>([
    { step: 'accept' },
    ...[401, 422, 429, 500].map((code) => ({ step: 'code' as const, code, message: said, retryAfter: said })),
    { step: 'reset', isCreated: true },
    { step: 'page', httpStatus: 502, isCreated: false },
    { step: 'not-json', isCreated: true },
  ])('that meets %o shows a workflow and the log nothing of it', async (step) => {
    const { detect } = submittingTo(table, { ...simulator, clients: { telemetry } });
    const submitter = { detect, prepareUpload: () => Promise.reject(full()) };
    simulator.scriptSubmissions(step);
    const input = { ...caller, idempotency_key: `key-${note}` };
    for (let time = 0; time < 2; time++)
      await during(async () => {
        const { answer, thrown } = await answerSubmit(submitter, input);
        shown.push(answer, inspect(thrown, { depth: Infinity }));
      });
    await during(() => answerSubmit(submitter, { operation: 'upload', content_type: note, ext: note }));
    await during(() => answerSubmit(submitter, { ...caller, media_type: link, metadata: words }));
    expect(leaked()).toEqual([]);
    expect(telemetry.lines().length).toBeGreaterThan(1);
  });

  it('that the provider rejects tells its caller why, without our key', async () => {
    const { detect } = submittingTo(table, simulator);
    simulator.scriptSubmissions({ step: 'code', code: 422, message: said });
    const { message } = await detect(caller).then(() => ({ message: '' }), explainError);
    expect(message).toContain(words);
    expect(message).not.toContain(submissionKey);
    expect(telemetry.text()).toBe('');
  });
});
