/** What Deliver, Sweep and Api log, throw and answer, with private data in every record and error. */
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../functions/api/api.ts';
import type { DetectTaskId } from '../../functions/detection/input.ts';
import { assembleDeliver } from '../../functions/notify/webhook/assemble.ts';
import type { Sent } from '../../functions/notify/webhook/request.ts';
import { assembleSweep } from '../../functions/sweep/assemble.ts';
import { apisOn } from '../support/apis.ts';
import { answerOf, some, written } from '../support/records.ts';
import { openTable, type TestTable } from '../support/table.ts';
import { type CapturedTelemetry, captureTelemetry, contextOf } from '../support/telemetry.ts';

const words = 'th31r-w0rds';
const link = `https://cdn.example/${words}/0.jpg`;
const note = 'c4ll3rs';
const signingKey = Buffer.from('a key that only the tests know').toString('base64');
const hidden = [words, 'cdn.example', note, signingKey];
const caller = {
  media_url: `https://media.example/${note}`,
  callback_url: `https://receiver.example/${note}`,
  metadata: { note },
};

/** An error with an item, a body and a link in each of its fields. */
const full = (): Error =>
  Object.assign(new TypeError(`${words} ${note}`, { cause: new Error(link) }), {
    Item: { faces: link },
    code: link,
    $metadata: { requestId: link },
  });
const failing = (): Promise<never> => Promise.reject(full());
const throwing = (): never => {
  throw full();
};
const secrets = async (): Promise<string[]> => [`whsec_${signingKey}`];

describe('what is written, thrown and answered', () => {
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

  const log = (line: Record<string, unknown>): void => telemetry.log('error', 'failed', line);

  /** One invocation, with what Lambda would print of its error. */
  const during = (work: () => Promise<unknown>): Promise<unknown> =>
    telemetry.during(contextOf('request'), {}, work).catch((error: Error) => {
      shown.push(inspect(error, { depth: Infinity }));
    });
  /** The private data in the output, and its number of lines. */
  const leaked = () => {
    const all = telemetry.text() + JSON.stringify(shown);
    return { lines: telemetry.lines().length, secrets: hidden.filter((secret) => all.includes(secret)) };
  };

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
      const settled = await written(records.complete(await api.begun(caller), answer, some));
      if (ids.push(settled.detect_task_id) < 3) await api.publish(settled);
    }
    return { ...api, ids };
  }

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
    expect(leaked()).toEqual({ lines, secrets: [] });
  });

  it('by Sweep, whatever fails, holds no private data', async () => {
    const { ids, clock, workflow, ...parts } = await threeRecords();
    await parts.begun(caller);
    clock.pass(3_600_000);
    const stuck = { ...workflow, status: failing };
    const clients = { records: parts.records, put: failing, workflow: stuck, clock, telemetry };
    await during(() => assembleSweep(clients)(Infinity));
    const broken = { ...parts.records, dueIds: throwing };
    await during(() => assembleSweep({ ...clients, records: broken })(Infinity));
    expect(leaked()).toEqual({ lines: ids.length + 2, secrets: [] });
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
    const body = Buffer.from(JSON.stringify({ detect_task_id: ids[0], ...caller, media_url: link }));
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
    expect(leaked()).toEqual({ lines: 3, secrets: [] });
  });
});
