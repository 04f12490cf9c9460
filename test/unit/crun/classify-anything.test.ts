/** Any answer is classified, and a success or a failure is always the provider's own word. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import type { Observation } from '../../../functions/crun/observation.ts';
import { answered, classified, faces, htmlPage, keyLike, own, stranger } from '../../support/answers.ts';

const kinds: Record<Observation['kind'], true> = {
  pending: true,
  'not-found': true,
  succeeded: true,
  failed: true,
  throttled: true,
  'on-hold': true,
  unavailable: true,
  violation: true,
  denied: true,
};

const runs = { numRuns: 2_000 };

const anyJson = fc.jsonValue({ maxDepth: 3 });
const face = fc.record({ id: fc.nat(), link: fc.webUrl() });
/** Mostly right, now and then anything: what is only ever wrong everywhere never comes near a success. */
const mostly = <T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<unknown> = anyJson): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: wrong });

const result = fc.record(
  {
    id: mostly(fc.constantFrom('m1oZzqYp9dN', 'x')),
    faces: mostly(fc.array(fc.oneof({ weight: 20, arbitrary: face }, { weight: 1, arbitrary: anyJson }))),
    started_at: anyJson,
    extra: anyJson,
  },
  { requiredKeys: ['id', 'faces'] },
);
const statusName = fc.constantFrom(
  'succeeded',
  'succeed',
  'SUCCESS',
  'failed',
  'Failed',
  'processing',
  'queued',
);
const data = fc.record(
  {
    detect_task_id: mostly(fc.constant(own), fc.constantFrom(stranger, own.toUpperCase(), '', null)),
    status: mostly(statusName),
    error: anyJson,
    result: mostly(result),
  },
  { requiredKeys: ['detect_task_id', 'status', 'result'] },
);
const code = fc.constantFrom(200, 401, 402, 403, 404, 422, 429, 455, 500, 501, 505, 999);
const envelope = fc.record(
  {
    code: mostly(fc.oneof({ weight: 3, arbitrary: fc.constant(200) }, code, code.map(String))),
    message: mostly(fc.string({ maxLength: 500 })),
    data: mostly(data),
  },
  { requiredKeys: ['code', 'data'] },
);
const envelopeText = envelope.map((value) => JSON.stringify(value));
const body = fc.oneof(
  { weight: 6, arbitrary: envelopeText },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 2,
    arbitrary: fc.tuple(envelopeText, fc.nat(400)).map(([text, at]) => text.slice(0, at)),
  },
);
const httpStatus = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(200, 201, 206, 299) },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: 1_000 }) },
);
const retryAfter = fc.option(fc.oneof(fc.nat().map(String), fc.string()), { nil: undefined });
const answer = fc.record({ kind: fc.constant('answered' as const), httpStatus, retryAfter, body });
const exchange: fc.Arbitrary<Exchange> = fc.oneof(
  { weight: 8, arbitrary: answer },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('unreadable' as const),
      httpStatus,
      retryAfter,
      fault: fc.constantFrom('cut', 'timeout', 'encoded', 'too-large', 'not-utf8'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('no-answer' as const),
      fault: fc.constantFrom('connection-refused', 'reset', 'dns', 'timeout', 'tls', 'not-http', 'network'),
    }),
  },
);

type Sent = { code?: unknown; data?: { detect_task_id?: unknown; status?: unknown; result?: unknown } };
/** What the body says to a plain reader; nothing where it is no JSON object. */
function sentBy(from: Exchange): Sent | undefined {
  if (from.kind !== 'answered') return undefined;
  try {
    const json: unknown = JSON.parse(from.body);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

const spelled = (status: unknown): string => (typeof status === 'string' ? status.toLowerCase() : '');
const isOk = (status: number): boolean => status >= 200 && status < 300;

describe('any exchange', () => {
  it('is classified as a known kind', () => {
    fc.assert(
      fc.property(exchange, (given) => {
        const observation = classified(given);
        const { message = '' } = 'provider' in observation ? observation.provider : {};
        const { hintMs = 0 } = observation.kind === 'throttled' ? observation : {};
        expect(Object.hasOwn(kinds, observation.kind)).toBe(true);
        expect(Array.from(message).length).toBeLessThanOrEqual(300);
        expect(hintMs).toBeLessThanOrEqual(900_000);
      }),
      runs,
    );
  });

  it('has succeeded only by HTTP 2xx, the own task id, no other code of the provider, and with the faces as sent', () => {
    let successes = 0;
    fc.assert(
      fc.property(exchange, (given) => {
        const observation = classified(given);
        if (observation.kind !== 'succeeded') return;
        successes++;
        const sent = sentBy(given);
        expect(given.kind === 'answered' && isOk(given.httpStatus)).toBe(true);
        const hasCode = Number.isSafeInteger(sent?.code) || /^\d+$/.test(String(sent?.code));
        const isSaid = observation.faces.length === 0 || (hasCode && Number(sent?.code) >= 400);
        expect(isSaid ? Number(sent?.code) : 200).toBe(200);
        expect(sent?.data?.detect_task_id).toBe(own);
        expect(['succeeded', 'succeed', 'success']).toContain(spelled(sent?.data?.status));
        expect(sent?.data?.result).toMatchObject({ id: observation.detectId, faces: observation.faces });
        expect(observation.faces.every((one) => Object.keys(one).join() === 'id,link')).toBe(true);
      }),
      runs,
    );
    expect(successes).toBeGreaterThan(10);
  });

  it('has failed only by an envelope whose own code or status says it, or that has no faces', () => {
    let failures = 0;
    fc.assert(
      fc.property(exchange, (given) => {
        const observation = classified(given);
        if (observation.kind !== 'failed' && observation.kind !== 'not-found') return;
        failures++;
        const sent = sentBy(given);
        const said = Number(sent?.code);
        expect([200, 404, 422, 501]).toContain(said);
        if (said !== 200) return;
        expect(sent?.data?.detect_task_id).toBe(own);
        const { status, result: within } = sent?.data ?? {};
        const { faces: found } = (within ?? {}) as { faces?: unknown };
        const hasFaces = Array.isArray(found) && found.length > 0;
        expect(spelled(status) === 'failed' || !hasFaces).toBe(true);
      }),
      runs,
    );
    expect(failures).toBeGreaterThan(10);
  });

  it('reveals nothing about another task', () => {
    const foreign = envelope.map((value) => ({
      ...value,
      data: { detect_task_id: stranger, status: 'succeeded', result: { id: 'secret-id', faces } },
    }));
    fc.assert(
      fc.property(foreign, httpStatus, (value, status) => {
        const seen = JSON.stringify(classified(answered(JSON.stringify(value), status)));
        expect(seen).not.toMatch(/secret-id|detected-face|another0task/);
      }),
    );
  });

  it('repeats no key, wherever the provider put it', () => {
    const leaf = fc.constantFrom(keyLike, `key=${keyLike}`, `${keyLike}, ${keyLike}`);
    const record = fc.record({ code: mostly(code, leaf), message: leaf, detail: leaf });
    const leaky = fc.record({
      code: mostly(code, leaf),
      message: leaf,
      data: fc.record({
        detect_task_id: fc.constant(own),
        status: fc.oneof(leaf, fc.constant('failed')),
        error: fc.oneof(leaf, record),
        result: fc.record({ error: fc.oneof(leaf, record) }),
      }),
    });
    fc.assert(
      fc.property(leaky, httpStatus, (value, status) => {
        const seen = JSON.stringify(classified(answered(JSON.stringify(value), status)));
        expect(seen).not.toMatch(/ak_[A-Za-z0-9]{8}/);
      }),
    );
  });
});

describe('a well-formed success', () => {
  it('has succeeded over any HTTP 2xx, its faces in order', () => {
    fc.assert(
      fc.property(fc.array(face), fc.integer({ min: 200, max: 299 }), (given, status) => {
        const sent = { detect_task_id: own, status: 'succeeded', result: { id: 'd', faces: given } };
        const text = JSON.stringify({ code: 200, message: 'success', data: sent });
        expect(classified(answered(text, status))).toMatchObject({ kind: 'succeeded', faces: given });
      }),
    );
  });
});

describe('a page that is no JSON', () => {
  it('is never an answer, whatever its HTTP status', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        const { kind } = classified(answered(htmlPage, status));
        expect(['unavailable', 'denied', 'throttled', 'on-hold', 'violation']).toContain(kind);
      }),
    );
  });
});
