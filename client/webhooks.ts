/** The receiver's side of the push: verify and parse a delivery in one call. */
import { timingSafeEqual } from 'node:crypto';

import { WebhookEvent } from '../functions/notify/webhook/payload.ts';
import { parseSecrets, signature } from '../functions/notify/webhook/sign.ts';

const sentences = {
  secret: 'the secrets to verify with must be one or two, each "whsec_" and the base64 of 24 to 64 bytes',
  headers: 'webhook-id, webhook-timestamp and webhook-signature must be there, each of them once',
  timestamp: 'the delivery was signed too long ago, or too far ahead of this clock',
  signature: 'no signature is by a secret of ours over this id, timestamp and body',
  'raw-body': 'the body must be given as it was received, as text or bytes, before anything parsed it',
  payload: 'the body is signed, but it is no event that is known here',
} as const;

/** What is wrong with a delivery, in a word. */
export type WebhookFault = keyof typeof sentences;

/** Why a delivery is not believed. The message holds nothing of the delivery and nothing of the secret. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly reason: WebhookFault;

  constructor(reason: WebhookFault) {
    super(sentences[reason]);
    this.reason = reason;
  }
}

/** Of Fetch, of Node, or of an event of AWS; names in any case. */
export type WebhookHeadersReceived =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | null
  | undefined;

export interface VerifyOptions {
  /**
   * How far the sender's clock and the way may be off: seconds, at least 0.
   *
   * @default 300
   * @example 60
   */
  toleranceSeconds?: number;
  /**
   * The clock that the delivery is compared with: milliseconds since 1970.
   *
   * @default Date.now
   * @example () => Date.parse('2026-11-22T12:00:00Z')
   */
  now?: () => number;
}

/** `id` is the same for every delivery of a final record: keep it, and do the work once. */
export type VerifiedEvent = WebhookEvent & { id: string };

/**
 * The event that was delivered, once its signature, age and shape are right; else throws `WebhookVerificationError`.
 * Two secrets, where one replaces the other. `rawBody` must be the very bytes: parsed and printed again, they differ.
 */
export function verifyWebhook(
  secrets: string | readonly string[],
  headers: WebhookHeadersReceived,
  rawBody: string | Uint8Array,
  { toleranceSeconds = 300, now = Date.now }: VerifyOptions = {},
): VerifiedEvent {
  const usable = usableSecrets(secrets);
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array)) {
    throw new WebhookVerificationError('raw-body');
  }

  const timestampSeconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  const isRecent = Math.abs(now() / 1_000 - timestampSeconds) <= toleranceSeconds;
  if (!isRecent) throw new WebhookVerificationError('timestamp');

  const message = { id, timestampSeconds, body: rawBody };
  const expected = usable.map((secret) => signature(secret, message));
  const isOurs = signatures.split(' ').some((given) => expected.some((one) => isSame(given, one)));
  if (!isOurs) throw new WebhookVerificationError('signature');

  return { id, ...eventOf(rawBody) };
}

function usableSecrets(secrets: string | readonly string[]): string[] {
  try {
    return parseSecrets([secrets].flat().join('\n'));
  } catch {
    throw new WebhookVerificationError('secret');
  }
}

/** Two of the same name are rejected: proxies differ in which of them they read. */
function headerOf(headers: WebhookHeadersReceived, name: string): string {
  const values = isFetchHeaders(headers)
    ? [headers.get(name)]
    : Object.entries(headers ?? {}).flatMap(([key, value]) => (key.toLowerCase() === name ? value : []));
  const [value] = values;
  if (values.length !== 1 || typeof value !== 'string' || value === '')
    throw new WebhookVerificationError('headers');
  return value;
}

const isFetchHeaders = (headers: WebhookHeadersReceived): headers is { get(name: string): string | null } =>
  typeof headers?.['get'] === 'function';

/** Takes as long for a signature that is nearly right as for any other. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function eventOf(rawBody: string | Uint8Array): WebhookEvent {
  try {
    const text =
      typeof rawBody === 'string' ? rawBody : new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
    return WebhookEvent.parse(JSON.parse(text));
  } catch {
    throw new WebhookVerificationError('payload');
  }
}
