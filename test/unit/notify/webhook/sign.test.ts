import { randomBytes } from 'node:crypto';

import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

import {
  InvalidSecretsError,
  parseSecrets,
  signature,
  signatureHeaders,
} from '../../../../functions/notify/webhook/sign.ts';

const secretOf = (key: Uint8Array): string => `whsec_${Buffer.from(key).toString('base64')}`;
const newSecret = (bytes = 32): string => secretOf(randomBytes(bytes));
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

describe('a signature', () => {
  it('is the one that Standard Webhooks publishes for its example', () => {
    const secret = ['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_');
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    expect(signatureHeaders([secret], message)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is verified by the official library, for any key and text', () => {
    const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(key, fc.string({ unit: 'grapheme' }), (bytes, text) => {
        const body = JSON.stringify({ text });
        const secret = secretOf(bytes);
        const headers = signatureHeaders([secret], {
          id: 'a_1_failed',
          timestampSeconds: nowSeconds(),
          body,
        });
        expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
      }),
    );
  });

  it('is the same over a text and its bytes', () => {
    const secret = newSecret();
    const message = { id: 'a_1_failed', timestampSeconds: 1 };
    const body = '{"name":"Zoë 🙂"}';
    expect(signature(secret, { ...message, body: Buffer.from(body) })).toBe(
      signature(secret, { ...message, body }),
    );
  });

  it('is there twice during a rotation, and either secret verifies', () => {
    const [fresh, old] = [newSecret(), newSecret()];
    const headers = signatureHeaders([fresh, old], {
      id: 'a_1_failed',
      timestampSeconds: nowSeconds(),
      body: '{}',
    });
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    for (const secret of [fresh, old]) expect(new Webhook(secret).verify('{}', headers)).toEqual({});
    expect(() => new Webhook(newSecret()).verify('{}', headers)).toThrow('No matching signature');
  });

  it('is rejected without a key', () => {
    const message = { id: 'a_1_failed', timestampSeconds: 1, body: '{}' };
    expect(() => signatureHeaders(['whsec_'], message)).toThrow(InvalidSecretsError);
  });
});

describe('stored secrets', () => {
  const [fresh, old] = [newSecret(24), newSecret(64)];

  it.each([
    ['one', fresh, [fresh]],
    ['one with a line break behind it', `${fresh}\n`, [fresh]],
    ['two on a line each, in their order', `${fresh}\n${old}\n`, [fresh, old]],
    ['two with Windows line breaks', `${fresh}\r\n${old}\r\n`, [fresh, old]],
    ['two on one line', `  ${fresh}   ${old}`, [fresh, old]],
  ])('are %s', (_what, text, expected) => {
    expect(parseSecrets(text)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['three', `${fresh} ${old} ${newSecret()}`],
    ['a key of 23 bytes', newSecret(23)],
    ['a key of 65 bytes', newSecret(65)],
    ['no prefix', randomBytes(32).toString('base64')],
    ['another prefix', `whsk_${randomBytes(32).toString('base64')}`],
    ['hexadecimal', `whsec_${randomBytes(32).toString('hex')}-`],
    ['letters of URL-safe base64', `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}`],
    ['base64 without its padding', newSecret(32).replace(/=+$/, '')],
    ['JSON', JSON.stringify([fresh])],
    ['commas', `${fresh},${old}`],
    ['one good and one bad', `${fresh} whsec_short`],
  ])('are rejected where they are %s, without being printed', (_what, text) => {
    expect(() => parseSecrets(text)).toThrow(new InvalidSecretsError());
    const { message } = new InvalidSecretsError();
    expect(message).toMatch(/^the webhook secrets must be one or two, .* the base64 of 24 to 64 bytes$/);
    for (const part of text.split(/[\s,]+/).filter((word) => word !== ''))
      expect(message).not.toContain(part);
  });
});
