/** Signatures by Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, timestamp and the exact bytes sent. */
import { createHmac } from 'node:crypto';

export type WebhookHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

const prefix = 'whsec_';
const keyBytes = { min: 24, max: 64 } as const;
/** Two while one replaces the other. */
const maxSecrets = 2;

/** Its message never holds the text. */
export class InvalidSecretsError extends Error {
  override readonly name = 'InvalidSecretsError';

  constructor() {
    super(
      `the webhook secrets must be one or two, the newest first, each "${prefix}" and the base64 of ${keyBytes.min} to ${keyBytes.max} bytes`,
    );
  }
}

/** The key in a secret; nothing if it is not a secret. */
function keyOf(secret: string): Buffer | undefined {
  if (!secret.startsWith(prefix)) return undefined;
  const base64 = secret.slice(prefix.length);
  const key = Buffer.from(base64, 'base64');
  // Buffer skips characters that are not base64: the round trip finds them.
  if (key.toString('base64') !== base64) return undefined;
  return key.length >= keyBytes.min && key.length <= keyBytes.max ? key : undefined;
}

/** Secrets as they are stored: one a line or with blanks between them, the newest first. Throws `InvalidSecretsError`. */
export function parseSecrets(text: string): string[] {
  const secrets = text.split(/\s+/).filter((secret) => secret !== '');
  const isUsable = secrets.every((secret) => keyOf(secret) !== undefined);
  if (!isUsable || secrets.length === 0 || secrets.length > maxSecrets) throw new InvalidSecretsError();
  return secrets;
}

/** `v1,<base64>` over the exact bytes of the body. Throws `InvalidSecretsError`. */
export function signature(
  secret: string,
  message: { id: string; timestampSeconds: number; body: string | Uint8Array },
): string {
  const key = keyOf(secret);
  if (key === undefined) throw new InvalidSecretsError();
  const hmac = createHmac('sha256', key).update(`${message.id}.${message.timestampSeconds}.`);
  return `v1,${hmac.update(message.body).digest('base64')}`;
}

/** One signature for each secret, so that a receiver with either of them can verify. */
export const signatureHeaders = (
  secrets: readonly string[],
  message: { id: string; timestampSeconds: number; body: string },
): WebhookHeaders => ({
  'webhook-id': message.id,
  'webhook-timestamp': String(message.timestampSeconds),
  'webhook-signature': secrets.map((secret) => signature(secret, message)).join(' '),
});
