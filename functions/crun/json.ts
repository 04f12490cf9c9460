/** Reads JSON that may be hostile, and values that were sent as a string of JSON. */

/**
 * An answer may hold so many objects and arrays: more than any 8 MiB of faces with real links. Each costs some hundred
 * bytes of memory, so that three million empty ones would kill a Lambda that the same bytes of faces do not.
 */
const maxParts = 150_000;

export type Json = { kind: 'json'; value: unknown } | { kind: 'not-json' } | { kind: 'too-many-parts' };

export function readJson(text: string): Json {
  if (hasTooManyParts(text)) return { kind: 'too-many-parts' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'not-json' };
  }
}

function hasTooManyParts(text: string): boolean {
  let parts = 0;
  // Stryker disable next-line EqualityOperator: there is no letter behind the end
  for (let index = 0; index < text.length; index++) {
    const letter = text.charCodeAt(index);
    if ((letter === openBrace || letter === openBracket) && ++parts > maxParts) return true;
  }
  return false;
}
const openBrace = '{'.charCodeAt(0);
const openBracket = '['.charCodeAt(0);

/** The value that a string of JSON stands for: a layer in between may have encoded a part of the answer once more. */
export function unwrapped(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{"]/.test(value)) return value;
  const json = readJson(value);
  return json.kind === 'json' ? json.value : value;
}

function plainObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** Also the only object of a list. */
export function objectIn(value: unknown): Record<string, unknown> | undefined {
  const given = unwrapped(value);
  return plainObject(Array.isArray(given) && given.length === 1 ? unwrapped(given[0]) : given);
}

export function listIn(value: unknown): unknown[] | undefined {
  const list = unwrapped(value);
  return Array.isArray(list) ? list : undefined;
}

/** An id as text. A number stands for one as long as it is exact. */
export function textIn(value: unknown): string | undefined {
  const text = unwrapped(value);
  if (typeof text === 'number' && Number.isSafeInteger(text) && text >= 0) return String(text);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
