/** The envelope around every answer of the provider: `{ code, message, data }`. Source: docs.crun.ai, ai-tools/face-swap. */
import { readJson } from './json.ts';

export interface Envelope {
  code: number;
  message: unknown;
  data: unknown;
}

export type Parsed =
  | { kind: 'envelope'; envelope: Envelope }
  | { kind: 'other-json' }
  | { kind: 'not-json' }
  | { kind: 'too-many-parts' };

export function parseEnvelope(body: string): Parsed {
  const json = readJson(body);
  if (json.kind !== 'json') return json;
  const { value } = json;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'code'))
    return { kind: 'other-json' };
  const { code, message, data } = value as Record<string, unknown>;
  const number = codeOf(code);
  return number === undefined
    ? { kind: 'other-json' }
    : { kind: 'envelope', envelope: { code: number, message, data } };
}

/** Codes arrive as numbers or digit strings. */
function codeOf(code: unknown): number | undefined {
  if (typeof code === 'string' && /^\d{1,9}$/.test(code)) return Number(code);
  return Number.isSafeInteger(code) ? (code as number) : undefined;
}
