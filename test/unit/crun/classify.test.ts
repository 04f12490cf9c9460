import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import type { Observation } from '../../../functions/crun/observation.ts';
import {
  answered,
  classified,
  done,
  envelope,
  faces,
  htmlPage,
  own,
  stranger,
  success,
  task,
} from '../../support/answers.ts';

const unreadable = (fault: 'cut' | 'timeout' | 'encoded' | 'too-large' | 'not-utf8', httpStatus = 200) =>
  ({ kind: 'unreadable', httpStatus, fault }) as const;
const errors = [{ field: 'detect_task_id', message: 'is invalid' }];

const violation = { kind: 'violation', code: 'CONTRACT_VIOLATION' };

type Row = [behaviour: string, exchange: Exchange, seen: Partial<Observation>];

describe('code 200', () => {
  it.each([
    ['starting: pending', answered(success(task('starting'))), { kind: 'pending', status: 'starting' }],
    ['processing: pending', answered(success(task('processing'))), { kind: 'pending', status: 'processing' }],
    [
      'processing, tersely: pending',
      answered(success({ detect_task_id: own, status: 'Processing' })),
      { kind: 'pending', status: 'processing' },
    ],
    [
      'an unknown status: pending, with its name',
      answered(success(task('Queued'))),
      { kind: 'pending', status: 'unknown', name: 'queued' },
    ],
    [
      'succeeded: succeeded',
      answered(success(done())),
      { kind: 'succeeded', detectId: 'm1oZzqYp9dN', faces },
    ],
    [
      'succeeded without a face: succeeded',
      answered(success(done({ faces: [] }))),
      { kind: 'succeeded', faces: [] },
    ],
    [
      'succeeded, the code in digits: succeeded',
      answered(envelope('200', { data: done() })),
      { kind: 'succeeded', faces },
    ],
    [
      'failed: failed',
      answered(success(task('failed', { error: 'no face' }))),
      { kind: 'failed', code: 'DETECTION_FAILED', provider: { message: 'no face' } },
    ],
    [
      'failed with a reason in the message only: failed',
      answered(JSON.stringify({ code: 200, message: 'unreadable image', data: task('failed') })),
      { kind: 'failed', code: 'DETECTION_FAILED', provider: { message: 'unreadable image' } },
    ],
  ] satisfies Row[])('with %s', (_behaviour, exchange, seen) => {
    expect(classified(exchange)).toMatchObject(seen);
  });

  it('with failed and no reason: failed, and "success" is none', () => {
    expect(classified(answered(success(task('failed'))))).toEqual({
      kind: 'failed',
      code: 'DETECTION_FAILED',
      provider: {},
    });
  });

  it.each([
    ['no data', envelope(200), 'no data'],
    ['data of null', success(null), 'no data'],
    ['a list of two for data', success([done(), done()]), 'no data'],
    ['a success without a result', success(task('succeeded')), 'no result'],
    ['a success without faces', success(done({ faces: undefined })), 'no faces'],
    [
      'a success with a face in another shape',
      success(done({ faces: [{ id: 0, url: 'l' }] })),
      'a face in another shape',
    ],
    ['a success without an id', success(done({ id: null })), 'no detect id'],
    ['no status', success({ detect_task_id: own }), 'no status'],
    ['no task id', success({ status: 'processing' }), 'no task id'],
  ])('with %s violates the contract', (_form, body, reason) => {
    expect(classified(answered(body))).toEqual({ ...violation, reason });
  });

  it.each([
    ['succeeded', success({ ...done(), detect_task_id: stranger })],
    ['failed', success(task('failed', { detect_task_id: stranger }))],
    ['is processing', success(task('processing', { detect_task_id: stranger }))],
    ['has an id in other letters', success({ ...done(), detect_task_id: own.toUpperCase() })],
    ['has an id with a space', success({ ...done(), detect_task_id: `${own} ` })],
    ['has the id of null', success({ ...done(), detect_task_id: 'null' })],
  ])('about another task violates the contract, and nothing is taken from it: it %s', (_what, body) => {
    expect(classified(answered(body))).toEqual({ ...violation, reason: 'another task id' });
  });
});

describe('a code', () => {
  it.each([
    ['501: failed', answered(envelope(501)), { kind: 'failed', code: 'GENERATION_FAILED' }],
    [
      '501 over HTTP 501: failed',
      answered(envelope(501), 501),
      { kind: 'failed', code: 'GENERATION_FAILED' },
    ],
    [
      '422 with errors and no data: not found',
      answered(envelope(422, { errors })),
      { kind: 'not-found', code: 'INVALID_TASK', provider: { code: '422', message: 'not this time' } },
    ],
    [
      '422 over HTTP 422: not found',
      answered(envelope(422), 422),
      { kind: 'not-found', code: 'INVALID_TASK' },
    ],
    [
      '404: not found',
      answered(envelope(404)),
      { kind: 'not-found', code: 'TASK_NOT_FOUND', provider: { code: '404' } },
    ],
    ['404 over HTTP 404: not found', answered(envelope(404), 404), { kind: 'not-found' }],
    ['"404" over HTTP 404: not found', answered(envelope('404'), 404), { kind: 'not-found' }],
    ['429: throttled', answered(envelope(429)), { kind: 'throttled' }],
    ['"429": throttled', answered(envelope('429')), { kind: 'throttled' }],
    ['455: on hold', answered(envelope(455)), { kind: 'on-hold', code: 'PROVIDER_MAINTENANCE' }],
    ['455 over HTTP 455: on hold', answered(envelope(455), 455), { code: 'PROVIDER_MAINTENANCE' }],
    ['402: on hold', answered(envelope(402)), { kind: 'on-hold', code: 'INSUFFICIENT_CREDITS' }],
    ['402 over HTTP 402: on hold', answered(envelope(402), 402), { code: 'INSUFFICIENT_CREDITS' }],
    ['500: unavailable', answered(envelope(500)), { kind: 'unavailable' }],
    ['401: denied', answered(envelope(401)), { kind: 'denied', code: 'UNAUTHORIZED' }],
    ['403: denied', answered(envelope(403)), { kind: 'denied', code: 'UNAUTHORIZED' }],
    ['505: denied', answered(envelope(505)), { kind: 'denied', code: 'FEATURE_DISABLED' }],
    ['505 over HTTP 505: denied', answered(envelope(505), 505), { code: 'FEATURE_DISABLED' }],
    ['0, which is not listed: a violation', answered(envelope(0)), { kind: 'violation' }],
    ['201, which is not listed: a violation', answered(envelope(201)), { kind: 'violation' }],
    [
      '408, which is not listed: unavailable',
      answered(envelope(408)),
      { kind: 'unavailable', reason: 'code 408' },
    ],
    [
      '502, which is not listed: unavailable',
      answered(envelope(502)),
      { kind: 'unavailable', reason: 'code 502' },
    ],
    ['599, which is not listed: unavailable', answered(envelope(599)), { kind: 'unavailable' }],
    ['430, which is not listed: throttled', answered(envelope(430)), { kind: 'throttled' }],
    ['433, which is not listed: throttled', answered(envelope(433)), { kind: 'throttled' }],
    ['418, which is not listed: a violation', answered(envelope(418)), { kind: 'violation' }],
    ['600, which is not listed: a violation', answered(envelope(600)), { kind: 'violation' }],
    ['999, which is not listed: a violation', answered(envelope(999)), { kind: 'violation' }],
  ] satisfies Row[])('%s', (_behaviour, exchange, seen) => {
    expect(classified(exchange)).toMatchObject(seen);
  });

  it.each([401, 402, 403, 404, 422, 429, 455, 500, 501, 505, 999])(
    '%i outweighs the success in its data',
    (code) => {
      expect(['succeeded', 'pending']).not.toContain(
        classified(answered(envelope(code, { data: done() }))).kind,
      );
    },
  );
});

describe('a transport', () => {
  it.each(['connection-refused', 'reset', 'dns', 'timeout', 'not-http', 'network'] as const)(
    'without an answer (%s) is unavailable',
    (fault) => {
      expect(classified({ kind: 'no-answer', fault })).toEqual({ kind: 'unavailable', reason: fault });
    },
  );

  it('whose TLS fails is denied: the key must not be sent there again', () => {
    expect(classified({ kind: 'no-answer', fault: 'tls' })).toMatchObject({
      kind: 'denied',
      code: 'UNEXPECTED_RESPONSE',
    });
  });

  it.each(['cut', 'timeout', 'encoded', 'too-large', 'not-utf8'] as const)(
    'whose body cannot be read (%s) is unavailable, unless its HTTP status is more severe',
    (fault) => {
      expect(classified(unreadable(fault))).toEqual({ kind: 'unavailable', reason: fault });
      expect(classified(unreadable(fault, 404)).kind).toBe('unavailable');
      expect(classified(unreadable(fault, 429)).kind).toBe('throttled');
      expect(classified(unreadable(fault, 302)).kind).toBe('denied');
    },
  );
});

describe('a page without the envelope', () => {
  it.each([200, 201, 204, 299, 404, 408, 422, 500, 501, 502, 503, 504, 505, 599])(
    'over HTTP %i is unavailable',
    (httpStatus) => {
      expect(classified(answered(htmlPage, httpStatus)).kind).toBe('unavailable');
      expect(classified(answered('', httpStatus)).kind).toBe('unavailable');
    },
  );

  it.each([300, 301, 302, 303, 304, 307, 308, 400, 405, 406, 410, 413, 418, 428, 431, 451, 456])(
    'over HTTP %i is denied as unexpected',
    (httpStatus) => {
      const seen = { kind: 'denied', code: 'UNEXPECTED_RESPONSE', reason: `HTTP ${httpStatus}` };
      expect(classified(answered(htmlPage, httpStatus))).toMatchObject(seen);
    },
  );

  it.each([409, 421, 423, 425, 460, 499])(
    'over HTTP %i may pass, and is unexpected if it does not',
    (httpStatus) => {
      const seen = { kind: 'violation', code: 'UNEXPECTED_RESPONSE', reason: `HTTP ${httpStatus}` };
      expect(classified(answered(htmlPage, httpStatus))).toEqual(seen);
      expect(classified(answered('{}', httpStatus))).toEqual(seen);
    },
  );

  it.each([
    [429, { kind: 'throttled', reason: 'HTTP 429' }],
    [430, { kind: 'throttled' }],
    [433, { kind: 'throttled' }],
  ])('over HTTP %i is what the status says', (httpStatus, seen) => {
    expect(classified(answered(htmlPage, httpStatus))).toMatchObject(seen);
  });

  it.each(['{"detail":"Not Found"}', 'null', '[]', '"ok"', '200'])(
    'but with other JSON violates the contract over HTTP 200, and is unavailable over an error: %s',
    (body) => {
      expect(classified(answered(body)).kind).toBe('violation');
      expect(classified(answered(body, 404)).kind).toBe('unavailable');
      expect(classified(answered(body, 503)).kind).toBe('unavailable');
    },
  );
});

describe('a classification', () => {
  it.each([
    ['unavailable', 'code 500', answered(envelope(500))],
    ['denied', 'code 401', answered(envelope(401))],
    ['denied', 'code 505', answered(envelope(505))],
    ['violation', 'unlisted code', answered(envelope(999))],
    ['violation', 'not the envelope', answered('{"detail":"Not Found"}')],
    ['unavailable', 'not JSON', answered(htmlPage)],
    ['unavailable', 'too many parts', answered('['.repeat(150_001))],
    ['unavailable', 'HTTP 503', answered(envelope(200), 503)],
    ['denied', 'HTTP 418', answered(envelope(200), 418)],
    ['unavailable', 'too-large', unreadable('too-large')],
  ])('gives the reason in our words: %s, %s', (kind, reason, exchange) => {
    expect(classified(exchange)).toMatchObject({ kind, reason });
  });

  it.each([402, 403, 418, 455])('keeps HTTP %i as the code where there is no other', (httpStatus) => {
    expect(classified(answered('{}', httpStatus))).toMatchObject({ provider: { code: String(httpStatus) } });
  });

  it.each([
    ['the key by HTTP, the feature by code', 401, 505, 'FEATURE_DISABLED'],
    ['the feature by neither, the key by code', 418, 403, 'UNAUTHORIZED'],
    ['credits by HTTP, maintenance by code', 402, 455, 'PROVIDER_MAINTENANCE'],
  ])('takes the words of the body where both are equally severe: %s', (_what, httpStatus, code, expected) => {
    expect(classified(answered(envelope(code), httpStatus))).toMatchObject({
      code: expected,
      provider: { code: String(code), message: 'not this time' },
    });
  });

  it.each([0, 100, 199])('takes HTTP %i, which is no final status, for unavailable', (httpStatus) => {
    expect(classified(answered(success(done()), httpStatus))).toEqual({
      kind: 'unavailable',
      reason: `HTTP ${httpStatus}`,
    });
  });
});
