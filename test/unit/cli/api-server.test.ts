import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ApiServer, startApiServer } from '../../../cli/api-server.ts';
import type { Api } from '../../../functions/api/api.ts';
import { type ApiResponse, json } from '../../../functions/api/message.ts';
import { detectionError } from '../../../functions/detection/error-codes.ts';
import { apisOn } from '../../support/apis.ts';
import { faultsOf } from '../../support/conform.ts';
import { answerOf, facesOf, newId, none, taskId } from '../../support/records.ts';
import { openTable } from '../../support/table.ts';
import { hostileRequests, type Sent, type Served } from './hostile/requests.ts';
import { send } from './hostile/send.ts';

const table = await openTable();
const events = { send: (): void => {} };
const api = apisOn(table);
let served: Served;
let server: ApiServer;

beforeAll(async () => {
  const few = await api.begun({ detect_task_id: 'few' });
  await api.records.complete(few, answerOf(facesOf(3)), none);
  const many = await api.begun({ detect_task_id: 'many' });
  await api.records.complete(many, answerOf(facesOf(1_100)), none);
  await api.begun({ detect_task_id: 'abandoned' });
  await api.records.cancel(taskId('abandoned'), detectionError('CANCELLED'));
  server = await startApiServer({ answer: api.answer, events, port: 0 });
  served = {
    host: server.url.replace('http://', ''),
    token: server.token,
    settled: ['few', 'many'],
    abandoned: 'abandoned',
    cursors: {
      getDetection: (await api.ask('GET /detections/many')).body.cursor ?? '',
      listDetections: (await api.ask('GET /detections?limit=1')).body.cursor ?? '',
    },
  };
  table.reset();
});
afterAll(async () => {
  await server.close();
  await table.close();
});

const portOf = ({ url }: ApiServer): number => Number(url.split(':')[2]);
/** What a run must have met to say anything. */
const expected = [
  'guard 401, guard 403, guard 421, input 422, body 400, body 413, body 422, type 415, encoding 415, id 400',
  'method 405, path 404, framing 400, framing 431, query 400, reading 200, reading 404, known 200, known 409',
  'vain 404, vain 409',
].flatMap((line) => line.split(', '));
/** With a fixed seed; a failure prints the path to its request. */
const run = { seed: 20_261_122, numRuns: 1_000 };

/** Nothing was written, nothing started, nothing on our side failed, and only what is well-meant was granted. */
function hostileRun(port: number, seen: Set<string> = new Set()) {
  const before = api.running();
  return fc.asyncProperty(hostileRequests(served), async (sent: Sent) => {
    const answer = await send(port, sent);
    seen.add(`${sent.kind} ${answer?.status ?? 'closed'}`);
    const { PutItem = 0, UpdateItem = 0, DeleteItem = 0 } = table.calls();
    expect([PutItem, UpdateItem, DeleteItem, api.running()]).toEqual([0, 0, 0, before]);
    expect(answer === undefined ? [] : wrongWith(sent, answer)).toEqual([]);
  });
}

function wrongWith(sent: Sent, answer: ApiResponse): string[] {
  if (answer.status >= 500) return [`${answer.status}`];
  if (answer.status < 400 && !sent.mayRead) return [`${answer.status} to what should be refused`];
  // What Node's own parser refuses has no body, nor has an answer to HEAD.
  if (answer.headers['content-type'] === undefined || sent.method === 'HEAD') return [];
  return faultsOf(sent.method, sent.target.split('?')[0] ?? '', answer);
}

const status = async (target: string, headers: [string, string][]): Promise<number | undefined> => {
  const sent = { kind: '', method: 'GET', target, headers, body: Buffer.alloc(0), mayRead: true };
  return (await send(portOf(server), sent))?.status;
};
const ownHost = (): [string, string] => ['host', served.host];
const authorized = (): [string, string] => ['authorization', `Bearer ${served.token}`];

describe('the server of one machine', { timeout: 120_000 }, () => {
  it('grants a thousand hostile requests nothing: no server fault, no write, no start', async () => {
    const before = await table.items();
    table.reset();
    const seen = new Set<string>();
    await fc.assert(hostileRun(portOf(server), seen), run);
    expect(await table.items()).toEqual(before);
    expect([...seen]).toEqual(expect.arrayContaining(expected));
  });

  it.each<[string, RegExp, (answer: Api) => Api]>([
    [
      'writes before it checks',
      /^(guard|input|body|type|encoding|known)$/,
      (answer) => async (request) => {
        if (request.method === 'POST') await api.backend.service.start({ detect_task_id: newId() });
        return answer(request);
      },
    ],
    [
      'fails over an odd path',
      /^(id|path)$/,
      (answer) => async (request) => (request.path.includes('%') ? json(500, {}) : answer(request)),
    ],
    [
      'grants what it should reject',
      /^(input|body)$/,
      (answer) => async (request) => {
        const answered = await answer(request);
        return answered.status === 422 ? json(200, {}) : answered;
      },
    ],
    [
      'answers in a shape of its own',
      /^(path|reading|vain)$/,
      (answer) => async (request) => {
        const answered = await answer(request);
        return answered.status === 404 ? { ...answered, body: '{"message":"Not Found"}' } : answered;
      },
    ],
  ])('is proven by one that %s, which fails the same check', async (_what, kinds, broken) => {
    const other = await startApiServer({ answer: broken(api.answer), events, port: 0 });
    const own = served;
    served = { ...own, host: other.url.replace('http://', ''), token: other.token };
    try {
      const found = await fc.check(hostileRun(portOf(other)), { ...run, endOnFailure: true });
      expect(found.failed).toBe(true);
      expect(found.counterexample?.[0].kind).toMatch(kinds);
    } finally {
      served = own;
      await other.close();
      table.reset();
    }
  });

  it('has another token in each run', async () => {
    const other = await startApiServer({ answer: api.answer, events, port: 0 });
    const headers = { authorization: `Bearer ${server.token}` };
    expect((await fetch(`${server.url}/detections`, { headers })).status).toBe(200);
    expect((await fetch(`${other.url}/detections`, { headers })).status).toBe(401);
    await other.close();
  });

  it('is called by either name of this machine, and listens to no other machine', async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    expect((await fetch(`http://localhost:${portOf(server)}/detections`, { headers })).status).toBe(200);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  describe('takes what HTTP calls equal', () => {
    it('the scheme in any case', async () => {
      for (const scheme of ['bearer', 'BEARER', 'Bearer '])
        expect(await status('/detections', [ownHost(), ['authorization', `${scheme} ${served.token}`]])).toBe(
          200,
        );
    });

    it('a target in absolute form, whose host counts', async () => {
      expect(await status(`http://${served.host}/detections?limit=1`, [ownHost(), authorized()])).toBe(200);
      expect(await status(`HTTP://${served.host}`, [ownHost(), authorized()])).toBe(404);
      expect(await status('http://evil.example/detections', [ownHost(), authorized()])).toBe(421);
    });

    it('a host in any case, but not two', async () => {
      const upper: [string, string] = ['host', served.host.replace('127.0.0.1', 'LOCALHOST')];
      expect(await status('/detections', [upper, authorized()])).toBe(200);
      expect(await status('/detections', [ownHost(), ownHost(), authorized()])).toBe(400);
      expect(await status('/detections', [ownHost(), ['host', 'evil.example'], authorized()])).toBe(400);
    });
  });

  it('ends the connection of a sender that never stops', async () => {
    const body = Buffer.alloc(8_000_000);
    const headers: [string, string][] = [['host', served.host]];
    const sent = { kind: '', method: 'POST', target: '/detections', headers, body, mayRead: false };
    expect(await send(portOf(server), sent)).toBeUndefined();
  });

  it('says in one sentence that its port is taken', async () => {
    const again = startApiServer({ answer: api.answer, events, port: portOf(server) });
    await expect(again).rejects.toThrow(`--port: cannot listen on ${served.host} (EADDRINUSE)`);
  });
});
