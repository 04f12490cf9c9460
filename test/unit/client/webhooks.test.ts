import http from 'node:http';

import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

import { verifyWebhook, type WebhookFault, WebhookVerificationError } from '../../../client/webhooks.ts';
import { signature, signatureHeaders } from '../../../functions/notify/webhook/sign.ts';
import { failedDelivery, nowSeconds, secretOf } from '../../support/deliveries.ts';
import { httpServer } from '../../support/servers.ts';

const [fresh, old, strange] = [secretOf('fresh'), secretOf('old'), secretOf('strange')];
const id = 'dit60yt8reqplt1c16_1_failed';
const body = failedDelivery;
const now = (): number => nowSeconds * 1_000;
const signed = (secrets: readonly string[] = [fresh], timestampSeconds = nowSeconds) =>
  signatureHeaders(secrets, { id, timestampSeconds, body });

const reasonOf = (verify: () => unknown): WebhookFault | undefined => {
  try {
    verify();
    return undefined;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.reason;
    throw error;
  }
};

describe('a delivery', () => {
  it('is verified and parsed, and brings its id', () => {
    const event = verifyWebhook(fresh, signed(), body, { now });
    expect(event).toMatchObject({
      id,
      type: 'face_detection.failed',
      timestamp: '2026-11-22T12:00:04.000Z',
      data: { detect_task_id: 'dit60yt8reqplt1c16', attempt: 1, error: { code: 'DETECTION_FAILED' } },
    });
    // The type says which attributes there are.
    expect(event.type === 'face_detection.failed' && event.data.error.retryable).toBe(false);
  });

  it('signed by the official library is verified', () => {
    const at = new Date(now());
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': new Webhook(fresh).sign(id, at, body),
    };
    expect(verifyWebhook(fresh, headers, body, { now })).toMatchObject({ id });
  });

  it.each<[string, string, string[]]>([
    ['only the old', old, [fresh, old]],
    ['only the new', fresh, [fresh, old]],
    ['both, from a sender that holds only the old,', `${fresh}\n${old}`, [old]],
  ])('is verified during a rotation by a receiver that holds %s secret', (_which, held, signing) => {
    expect(verifyWebhook(held, signed(signing), body, { now })).toMatchObject({ id });
    expect(reasonOf(() => verifyWebhook(strange, signed(signing), body, { now }))).toBe('signature');
  });

  it('may come as bytes', () => {
    expect(verifyWebhook([fresh], signed(), Buffer.from(body), { now })).toMatchObject({ id });
    expect(verifyWebhook([fresh], signed(), new TextEncoder().encode(body), { now })).toMatchObject({ id });
  });

  it.each<[string, Parameters<typeof verifyWebhook>[1]]>([
    ['of Fetch', new Headers(signed())],
    [
      'in capitals',
      Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name.toUpperCase(), value])),
    ],
    ['as lists of one', Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name, [value]]))],
    [
      'among others',
      { ...signed(), host: 'hooks.example.com', 'set-cookie': ['a', 'b'], nothing: undefined },
    ],
  ])('may have headers %s', (_how, headers) => {
    expect(verifyWebhook(fresh, headers, body, { now })).toMatchObject({ id });
  });

  it('may have the headers of a Node server', async () => {
    let verified: unknown;
    await using server = await httpServer((request, response) => {
      verified = verifyWebhook(fresh, request.headers, body, { now });
      response.end();
    });
    await new Promise((done) => http.get(server.baseUrl, { headers: signed(), agent: false }, done));
    expect(verified).toMatchObject({ id });
  });

  it.each([-300, 0, 300])('may be %i seconds old', (age) => {
    expect(verifyWebhook(fresh, signed([fresh], nowSeconds - age), body, { now })).toMatchObject({ id });
  });

  it('may be as old as the receiver says', () => {
    const headers = signed([fresh], nowSeconds - 3_600);
    expect(verifyWebhook(fresh, headers, body, { now, toleranceSeconds: 3_600 })).toMatchObject({ id });
  });

  it('may hold what a newer sender added', () => {
    const newer = JSON.stringify({ ...(JSON.parse(body) as object), version: 2 });
    const headers = signatureHeaders([fresh], { id, timestampSeconds: nowSeconds, body: newer });
    expect(verifyWebhook(fresh, headers, newer, { now })).toMatchObject({ version: 2 });
  });
});

describe('a delivery is rejected', () => {
  const refusal = ({
    secrets = fresh,
    headers = signed(),
    raw = body,
  }: {
    secrets?: string | string[];
    headers?: object;
    raw?: unknown;
  }): WebhookFault | undefined =>
    reasonOf(() => verifyWebhook(secrets, headers as Record<string, string>, raw as string, { now }));

  it('where the secret is another', () => {
    expect(refusal({ secrets: strange })).toBe('signature');
  });

  it('where any byte of its body is another', () => {
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      expect(refusal({ raw: flipped })).toBe('signature');
    }
    expect(refusal({ raw: `${body} ` })).toBe('signature');
    expect(refusal({ raw: body.slice(0, -1) })).toBe('signature');
  });

  it('where its id or timestamp is another', () => {
    expect(refusal({ headers: { ...signed(), 'webhook-id': `${id}x` } })).toBe('signature');
    expect(refusal({ headers: { ...signed(), 'webhook-timestamp': String(nowSeconds + 1) } })).toBe(
      'signature',
    );
  });

  it.each([
    ['is older than five minutes', nowSeconds - 301],
    ['is of more than five minutes ahead', nowSeconds + 301],
    ['is in milliseconds', nowSeconds * 1_000],
  ])('where it %s', (_what, timestampSeconds) => {
    expect(refusal({ headers: signed([fresh], timestampSeconds) })).toBe('timestamp');
  });

  it.each([
    '',
    ' ',
    `${nowSeconds}.0`,
    `+${nowSeconds}`,
    ` ${nowSeconds}`,
    '0x6a11',
    'now',
    'NaN',
    `${nowSeconds}x`,
  ])('where its timestamp is "%s"', (timestamp) => {
    const reason = timestamp === '' ? 'headers' : 'timestamp';
    expect(refusal({ headers: { ...signed(), 'webhook-timestamp': timestamp } })).toBe(reason);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'where %s is missing, or there twice',
    (name) => {
      expect(refusal({ headers: { ...signed(), [name]: undefined } })).toBe('headers');
      expect(refusal({ headers: { ...signed(), [name]: ['a', 'b'] } })).toBe('headers');
      expect(refusal({ headers: { ...signed(), [name.toUpperCase()]: 'a' } })).toBe('headers');
      const fetched = new Headers(signed());
      fetched.delete(name);
      expect(refusal({ headers: fetched })).toBe('headers');
    },
  );

  it.each([null, undefined, {}, [], 'text', { 'webhook-id': 5 }])('where its headers are %j', (headers) => {
    const verify = () => verifyWebhook(fresh, headers as never, body, { now });
    expect(reasonOf(verify)).toBe('headers');
  });

  it.each([
    ['of another version', (text: string) => text.replace('v1,', 'v1a,')],
    ['without a version', (text: string) => text.replace('v1,', '')],
    ['cut short', (text: string) => text.slice(0, -1)],
    ['without its padding', (text: string) => text.replace(/=+$/, '')],
    ['that is empty', () => 'v1,'],
  ])('where the signature is one %s', (_what, change) => {
    expect(
      refusal({
        headers: { ...signed(), 'webhook-signature': change(signed()['webhook-signature']) },
      }),
    ).toBe('signature');
  });

  it('where the body was parsed before', () => {
    expect(refusal({ raw: JSON.parse(body) })).toBe('raw-body');
    expect(refusal({ raw: null })).toBe('raw-body');
  });

  it.each([
    ['is no JSON', '{'],
    ['is empty', ''],
    ['is of an unknown type', '{"type":"face_detection.started","timestamp":"a","data":{}}'],
    ['lacks what the type demands', '{"type":"face_detection.failed","timestamp":"a","data":{}}'],
    ['is no UTF-8', Buffer.from([0xff])],
  ])('where it is signed and yet %s', (_what, raw) => {
    const signedOver = signature(fresh, { id, timestampSeconds: nowSeconds, body: raw });
    expect(refusal({ headers: { ...signed(), 'webhook-signature': signedOver }, raw })).toBe('payload');
  });

  it.each([
    ['is empty', ''],
    ['is none', []],
    ['is no secret', 'whsec_short'],
    ['are three', [fresh, old, strange]],
  ])('where what is to verify it %s', (_what, secrets) => {
    expect(refusal({ secrets })).toBe('secret');
  });

  it('without a word of the delivery or the secret', () => {
    const faults: WebhookFault[] = ['secret', 'headers', 'timestamp', 'signature', 'raw-body', 'payload'];
    for (const reason of faults) {
      const { name, message } = new WebhookVerificationError(reason);
      expect(name).toBe('WebhookVerificationError');
      expect(message).toMatch(/^[^\n]{20,120}$/);
    }
  });
});
