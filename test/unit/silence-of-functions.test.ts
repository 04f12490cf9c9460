/** What the functions log, throw, publish and answer, with private data in each record, link, answer, picture and error. */
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { explainError } from '../../cli/exit-code.ts';
import { createApi } from '../../functions/api/api.ts';
import { assembleArchive } from '../../functions/archive/assemble.ts';
import type { Got } from '../../functions/archive/get.ts';
import { deletePicturesIn } from '../../functions/archive/store.ts';
import type { DetectTaskId } from '../../functions/detection/input.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { assembleDeliver } from '../../functions/notify/webhook/assemble.ts';
import type { Sent } from '../../functions/notify/webhook/request.ts';
import { answerSubmit } from '../../functions/submit/request.ts';
import { assembleSweep } from '../../functions/sweep/assemble.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import type { SubmissionStep } from '../../local/simulator/submission.ts';
import { apisOn } from '../support/apis.ts';
import { markup, memoryStore, pictureNamed } from '../support/pictures.ts';
import { answerOf, recordsOf, some, testClock, testDefaults, written } from '../support/records.ts';
import { submissionKey, submittingTo } from '../support/submitting.ts';
import { openTable, type TestTable } from '../support/table.ts';
import { type CapturedTelemetry, captureTelemetry, contextOf } from '../support/telemetry.ts';

const words = 'th31r-w0rds';
const note = 'c4ll3rs';
const link = `https://cdn.example/${words}/0.jpg?X-Amz-Signature=51gn3d`;
const inBytes = 'p1xels';
const signingKey = Buffer.from('a key that only the tests know').toString('base64');
const hidden = [
  submissionKey,
  signingKey,
  words,
  'cdn.example',
  note,
  'media.example',
  '51gn3d',
  inBytes,
  Buffer.from(inBytes).toString('base64').slice(0, 8),
];
const caller = { media_url: `https://media.example/${note}.jpg`, metadata: { note } };
const called = { ...caller, callback_url: `https://receiver.example/${note}` };

/** An error with an item, a body and a link in each of its fields. */
const full = (): Error =>
  Object.assign(new TypeError(`${words} ${note}`, { cause: new Error(link) }), {
    Item: { faces: link },
    Body: pictureNamed(inBytes),
    code: link,
    $metadata: { requestId: link },
  });
const failing = (): Promise<never> => Promise.reject(full());
const throwing = (): never => {
  throw full();
};

const secrets = async (): Promise<string[]> => [`whsec_${signingKey}`];

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
/** Which private texts came out. */
const leaked = () => {
  const all = telemetry.text() + JSON.stringify(shown);
  return hidden.filter((secret) => all.includes(secret));
};

const log = (line: Record<string, unknown>): void => telemetry.log('error', 'failed', line);

/** Three final records: faces, a failure in the provider's words, and an unpublished one. */
async function threeRecords() {
  const api = apisOn(table);
  const { records } = api;
  const faces = [{ id: 0, link }];
  const failure = {
    kind: 'failed',
    code: 'DETECTION_FAILED',
    provider: { code: words, message: link },
  } as const;
  const ids: DetectTaskId[] = [];
  for (const answer of [answerOf(faces), failure, answerOf(faces)]) {
    const settled = await written(records.complete(await api.begun(called), answer, some));
    if (ids.push(settled.detect_task_id) < 3) await api.publish(settled);
  }
  return { ...api, ids };
}

describe('what is written, thrown and answered', () => {
  it.each<[string, () => Promise<Sent>, number]>([
    ['accepts it', async () => ({ status: 204 }), 2],
    ['rejects it', async () => ({ status: 410 }), 2],
    ['fails twice', async () => ({ status: 500 }), 4],
    ['is unknown', async () => ({ fault: 'dns' }), 4],
    ['is not reached after an internal error', failing, 2],
  ])('by Deliver, where a receiver %s, holds no private data', async (_what, send, lines) => {
    const { ids, clock, records } = await threeRecords();
    const deliver = assembleDeliver({ records, secrets, send, clock, random: () => 0.5, telemetry });
    for (const id of ids.slice(0, 2)) await during(() => deliver(id));
    expect(leaked()).toEqual([]);
    expect(telemetry.lines()).toHaveLength(lines);
  });

  it('by Sweep, whatever fails, holds no private data', async () => {
    const { ids, clock, workflow, ...parts } = await threeRecords();
    await parts.begun(called);
    clock.pass(3_600_000);
    const stuck = { ...workflow, status: failing };
    const clients = { records: parts.records, put: failing, workflow: stuck, clock, telemetry };
    await during(() => assembleSweep(clients)(Infinity));
    const broken = { ...parts.records, dueIds: throwing };
    await during(() => assembleSweep({ ...clients, records: broken })(Infinity));
    expect(leaked()).toEqual([]);
    expect(telemetry.lines()).toHaveLength(ids.length + 2);
    expect(telemetry.documents().length).toBeGreaterThan(1);
  });

  it('by Api, rejected or failed, holds no private data', async () => {
    const { ids, backend } = await threeRecords();
    const broken = {
      records: { getSome: failing, list: failing },
      submitter: { detect: failing },
      limit: { inspect: failing },
      service: { start: failing, cancel: failing, redeliver: failing, retry: failing, forget: failing },
    };
    const body = Buffer.from(JSON.stringify({ detect_task_id: ids[0], ...called, media_url: link }));
    const headers = { 'content-type': 'application/json' };
    const asked = [
      ['POST', '/detections', '', body],
      ['POST', '/detections', '', Buffer.from(`{"${words}": "${link}"}`)],
      ['POST', '/detections', '', Buffer.from(`{"detect_task_id": "${link}"`)],
      ['POST', '/detections', '', Buffer.from(words.repeat(1_000))],
      ['GET', `/detections/${ids[0]}`, `cursor=${words}`, Buffer.alloc(0)],
      ['GET', '/detections', `status=${words}`, Buffer.alloc(0)],
      ['POST', `/detections/${ids[0]}/retry`, '', Buffer.alloc(0)],
    ] as const;
    for (const api of [createApi({ ...backend, log }), createApi({ ...broken, log })]) {
      for (const [method, path, query, bytes] of asked) {
        await during(async () => {
          const answered = await api({ method, path, query, headers, body: bytes });
          shown.push(answered);
          expect(answered.status).toBeGreaterThanOrEqual(400);
        });
      }
    }
    expect(leaked()).toEqual([]);
    expect(telemetry.lines()).toHaveLength(3);
  });
});

describe('an archive', () => {
  const faces = [0, 1].map((id) => ({ id, link: `${link}&face=${id}` }));
  const bytes = pictureNamed(inBytes);

  it.each<[string, () => Promise<Got>, boolean]>([
    ['keeps its pictures', async () => ({ bytes }), false],
    ['meets a dead link', async () => ({ fault: 'http-404' }), false],
    ['is given a page', async () => ({ bytes: Buffer.from(`<html>${link}${inBytes}`) }), false],
    ['is given markup', async () => ({ bytes: markup }), false],
    ['fails in the copying', failing, false],
    ['meets a store that fails', async () => ({ bytes }), true],
  ])('that %s shows no link, no address and no byte', async (_what, fetchLink, isFailing) => {
    const clock = testClock();
    const store = memoryStore();
    if (isFailing) store.before = failing;
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
    const submitter = { detect, prepareUpload: failing };
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
