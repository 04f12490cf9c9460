import http from 'node:http';
import https from 'node:https';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { compareClocks, probeProvider } from '../../../cli/doctor/provider.ts';
import { errorCodes } from '../../../functions/detection/error-codes.ts';
import type { Script } from '../../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { certificate } from '../../support/certificate.ts';
import { listening } from '../../support/servers.ts';

const apiKey = 'a-key-of-the-tests';
const keyFix = 'store another';
const otherFix = errorCodes.UNEXPECTED_RESPONSE.advice;
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey });
});
afterAll(() => simulator.close());

const probe = (given: { apiKey?: string | undefined; baseUrl?: string } = { apiKey }) =>
  probeProvider({ baseUrl: simulator.baseUrl, apiKey: undefined, keyFix, ...given });

const answering = (headers: http.OutgoingHttpHeaders, seen: http.IncomingMessage[] = []) =>
  listening(
    http.createServer((request, response) => {
      seen.push(request);
      response.sendDate = false;
      response.writeHead(404, headers).end();
    }),
  );

describe('a look at the provider', () => {
  it('is ok where an unknown task is not found, by one call', async () => {
    const before = simulator.requests.length;
    expect(await probe()).toEqual({
      result: 'ok',
      message: `${simulator.baseUrl} answers and takes the key`,
    });
    expect(simulator.requests.length - before).toBe(1);
  });

  it('shows without a key only that the provider answers', async () => {
    expect(await probe({ apiKey: undefined })).toEqual({
      result: 'ok',
      message: `${simulator.baseUrl} answers; whether it takes a key was not tried`,
    });
  });

  it('says what to do about a rejected key, and does not repeat it', async () => {
    const wrong = 'wrong-key-0f-the-tests';
    const verdict = await probe({ apiKey: wrong });
    expect(verdict).toEqual({
      result: 'failed',
      message: `${simulator.baseUrl} refuses the key`,
      fix: keyFix,
    });
  });

  it.each<[string, Script, object]>([
    ['credits', [{ step: 'code', code: 402 }], { result: 'failed', fix: 'buy credits' }],
    [
      'maintenance',
      [{ step: 'code', code: 455 }],
      { result: 'failed', message: expect.stringMatching(/ is under maintenance$/) as unknown },
    ],
    ['the feature', [{ step: 'code', code: 505 }], { result: 'failed', fix: 'have the provider enable it' }],
    ['throttling', [{ step: 'code', code: 429 }], { result: 'ok' }],
    ['an invalid id', [{ step: 'code', code: 422 }], { result: 'ok' }],
    ['a redirect', [{ step: 'bareStatus', httpStatus: 302 }], { result: 'failed', fix: otherFix }],
    ['a fault of the server', [{ step: 'bareStatus', httpStatus: 500 }], { result: 'failed', fix: otherFix }],
  ])('classifies %s', async (_what, script, expected) => {
    simulator.submit(script, 'face-poller-doctor');
    expect(await probe()).toMatchObject(expected);
  });

  it('reports a port without a server', async () => {
    const baseUrl = 'http://127.0.0.1:9';
    expect(await probe({ baseUrl, apiKey })).toMatchObject({
      result: 'failed',
      message: `${baseUrl} cannot be reached (connection-refused)`,
    });
  });

  it('reports a wrong certificate, and sends it no key', async () => {
    let requests = 0;
    await using server = await listening(
      https.createServer(certificate(), () => requests++),
      'https',
    );
    expect(await probe({ baseUrl: server.baseUrl, apiKey })).toMatchObject({
      message: `${server.baseUrl} cannot be reached (tls)`,
      fix: 'check the certificate: something else may be answering in its place, such as a proxy',
    });
    expect(requests).toBe(0);
  });
});

describe('a look at the clock', () => {
  const noonMs = Date.parse('2026-11-22T12:00:00Z');
  const date = new Date(noonMs).toUTCString();

  it.each([
    [60, { result: 'ok', message: 'within 60 s of the provider’s' }],
    [-60, { result: 'ok' }],
    [
      61,
      {
        result: 'failed',
        message: '61 s ahead of the provider’s',
        fix: 'set the clock of this machine, best by NTP',
      },
    ],
    [-3_600, { result: 'failed', message: '3600 s behind the provider’s' }],
  ])('that is %i s off', async (seconds, expected) => {
    await using server = await answering({ date });
    expect(await compareClocks(server.baseUrl, () => noonMs + seconds * 1_000)).toMatchObject(expected);
  });

  it('sends no key', async () => {
    const seen: http.IncomingMessage[] = [];
    await using server = await answering({ date }, seen);
    await compareClocks(server.baseUrl, () => noonMs);
    expect(seen.map(({ method, headers }) => [method, headers['x-api-key']])).toEqual([['HEAD', undefined]]);
  });

  it.each([
    ['sends no date', {}],
    ['sends nonsense', { date: 'now' }],
  ])('is skipped where the provider %s', async (_what, headers) => {
    await using server = await answering(headers);
    expect(await compareClocks(server.baseUrl, () => noonMs)).toMatchObject({ result: 'skipped' });
  });

  it('is skipped where no server listens', async () => {
    expect(await compareClocks('http://127.0.0.1:9', () => noonMs)).toMatchObject({ result: 'skipped' });
  });
});
