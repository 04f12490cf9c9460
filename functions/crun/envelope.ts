/** The envelope around every answer of the provider: `{ code, message, data }`. Source: docs.crun.ai, ai-tools/face-swap. */
import { objectIn, readJson } from './json.ts';

export interface Envelope {
  code: number;
  message: unknown;
  data: unknown;
}

export type Parsed =
  | { kind: 'envelope'; envelope: Envelope }
  /** A JSON object without a code. Cloudflare's own errors are such objects for a client that accepts JSON. */
  | { kind: 'other-object'; isCloudflares: boolean; data: unknown }
  | { kind: 'other-json' }
  | { kind: 'not-json' }
  | { kind: 'too-many-parts' };

export function parseEnvelope(body: string): Parsed {
  const json = readJson(body);
  if (json.kind !== 'json') return json;
  const object = objectIn(json.value);
  if (object === undefined) return { kind: 'other-json' };
  const { code: given, msg, message = msg, data } = object;
  const code = Object.hasOwn(object, 'code') ? codeOf(given) : undefined;
  if (code === undefined)
    return { kind: 'other-object', isCloudflares: object['cloudflare_error'] === true, data };
  return { kind: 'envelope', envelope: { code, message, data } };
}

/** Codes arrive as numbers or digit strings. */
function codeOf(code: unknown): number | undefined {
  if (typeof code === 'string' && /^\d{1,9}$/.test(code)) return Number(code);
  return Number.isSafeInteger(code) ? (code as number) : undefined;
}
