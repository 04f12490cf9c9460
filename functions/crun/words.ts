/** The provider's words, fit for a record: bounded in whole characters, and without our key. */
import type { ProviderWords } from '../detection/error-codes.ts';
import { createRedactor } from '../telemetry/redact.ts';
import { unwrapped } from './json.ts';

const maxMessageLength = 300;
const maxCodeLength = 64;
const maxStatusLength = 32;
/** Cut before the search for the key, whose time grows with the length: more than any words that could be kept. */
const maxReadLength = 4_096;

/** Where services put their reason, in the order of preference. */
const reasonFields = ['message', 'msg', 'error', 'detail', 'reason', 'errors'];
const maxDepth = 4;

export interface Words {
  text(value: unknown, maxLength?: number): string | undefined;
  /** The words of an error in any form: text, number, object, list, and either of them inside another. */
  of(error: unknown): ProviderWords;
  /** A status for the log: letters, digits, dash and underscore alone. */
  statusName(status: string): string;
  holdsKey(text: string): boolean;
}

export function createWords(apiKey: string): Words {
  const redactor = createRedactor(apiKey);

  const read = (raw: string): string => redactor.clean(raw.slice(0, maxReadLength).toWellFormed());

  function text(value: unknown, maxLength = maxMessageLength): string | undefined {
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string' || value === '') return undefined;
    return Array.from(read(value)).slice(0, maxLength).join('');
  }

  function of(given: unknown, depth = 0): ProviderWords {
    const error = unwrapped(given);
    if (typeof error !== 'object' || error === null) return { message: text(error) };
    if (depth === maxDepth) return {};
    const values = Array.isArray(error) ? error.slice(0, 10) : reasonFields.map((field) => own(error, field));
    let reason: ProviderWords = {};
    for (const value of values) {
      reason = of(value, depth + 1);
      if (reason.message !== undefined) break;
    }
    return { code: text(own(error, 'code'), maxCodeLength) ?? reason.code, message: reason.message };
  }

  return {
    text,
    of,
    statusName: (status) =>
      read(status)
        .trim()
        .toLowerCase()
        .replace(/\w{0,16}:\/\/.*/s, '?')
        .replaceAll(/[^a-z0-9_-]/g, '?')
        .slice(0, maxStatusLength),
    holdsKey: (value) => redactor.holdsKey(value),
  };
}

const own = (object: object, field: string): unknown =>
  Object.hasOwn(object, field) ? (object as Record<string, unknown>)[field] : undefined;
