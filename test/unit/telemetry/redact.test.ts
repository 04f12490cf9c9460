import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { createRedactor } from '../../../functions/telemetry/redact.ts';

const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index));
const key = fc.string({ unit: fc.constantFrom(...printable), minLength: 16, maxLength: 60 });
const around = fc.string({ unit: fc.constantFrom(' ', ':', '\n', 'é', '0', '='), maxLength: 5 });

const hex = (text: string): string => Buffer.from(text).toString('hex');
const each = (text: string, spell: (code: number) => string): string =>
  Array.from(text, (letter) => spell(letter.charCodeAt(0))).join('');
const two = (code: number): string => code.toString(16).padStart(2, '0');

/** How a service may repeat the key, and how a reader gets it back. */
const encodings: Record<string, { spell: (key: string) => string; read: (text: string) => string }> = {
  'as it is': { spell: (text) => text, read: (text) => text },
  'in capitals': { spell: (text) => text.toUpperCase(), read: (text) => text },
  'URL-encoded': {
    spell: encodeURIComponent,
    read: (text) => text.replaceAll(/%(..)/g, (_, h: string) => unhex(h)),
  },
  'URL-encoded, every letter': { spell: (text) => each(text, (code) => `%${two(code)}`), read: unpercent },
  'URL-encoded twice': { spell: (text) => each(text, (code) => `%25${two(code)}`), read: unpercent },
  'in JSON': {
    spell: (text) => JSON.stringify(text).slice(1, -1),
    read: (text) => text.replaceAll('\\', ''),
  },
  'in JSON twice': {
    spell: (text) => JSON.stringify(JSON.stringify(text)).slice(1, -1),
    read: (text) => text.replaceAll('\\', ''),
  },
  'in escapes of JSON': { spell: (text) => each(text, (code) => `\\u00${two(code)}`), read: unescaped },
  'in escapes of other languages': {
    spell: (text) => each(text, (code) => `\\x${two(code)}`),
    read: unescaped,
  },
  'in HTML': { spell: (text) => each(text, (code) => `&#${code};`), read: unentity },
  'in HTML, in hexadecimal': { spell: (text) => each(text, (code) => `&#x${two(code)};`), read: unentity },
  'broken into lines': {
    spell: (text) => text.replaceAll(/.{7}/g, '$&\r\n '),
    read: (text) => text.replaceAll(/\s/g, ''),
  },
  'with zero widths in it': {
    spell: (text) => text.replaceAll(/.{7}/g, '$&\u200b'),
    read: (text) => text.replaceAll('\u200b', ''),
  },
  'in hexadecimal': { spell: hex, read: unhex },
  'in hexadecimal capitals': { spell: (text) => hex(text).toUpperCase(), read: unhex },
  'in base64': { spell: (text) => Buffer.from(text).toString('base64'), read: fromBase64 },
  'in base64 behind a user': {
    spell: (text) => Buffer.from(`u:${text}`).toString('base64'),
    read: fromBase64,
  },
  'in base64 in JSON': {
    spell: (text) => Buffer.from(JSON.stringify({ 'x-api-key': text })).toString('base64'),
    read: fromBase64,
  },
  'in base64 of URLs': { spell: (text) => Buffer.from(`${text}\n`).toString('base64url'), read: fromBase64 },
};

function unhex(text: string): string {
  return Buffer.from(text.replaceAll(/[^0-9a-f]/gi, ''), 'hex').toString('latin1');
}
function unpercent(text: string): string {
  return text.replaceAll(/%(?:25)*(..)/g, (_, code: string) => unhex(code));
}
function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u00|x)(..)/g, (_, code: string) => unhex(code));
}
function unentity(text: string): string {
  const decimal = text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  return decimal.replaceAll(/&#x(..);/g, (_, code: string) => unhex(code));
}
/** At each of the four places where the letters may be taken to begin. */
function fromBase64(text: string): string {
  return [0, 1, 2, 3].map((at) => Buffer.from(text.slice(at), 'base64').toString('latin1')).join('\n');
}

/** A part of the key, so long that it is no accident. */
function partIn(text: string, secret: string): string | undefined {
  const parts = Array.from({ length: secret.length - 9 }, (_, at) => secret.slice(at, at + 10));
  return parts.find((part) => text.toLowerCase().includes(part.toLowerCase()));
}

describe('the key', () => {
  it.each(Object.entries(encodings))('is found where it stands %s', (_how, { spell, read }) => {
    fc.assert(
      fc.property(key, around, around, (secret, before, after) => {
        const { clean, holdsKey } = createRedactor(secret);
        const text = `${before}${spell(secret)}${after}`;
        expect(holdsKey(text)).toBe(true);
        expect(partIn(read(clean(text)), secret)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it.each(Object.entries(encodings))('is found in what a cut left of it %s', (_how, { spell, read }) => {
    fc.assert(
      fc.property(key, fc.double({ min: 0, max: 1, noNaN: true }), (secret, share) => {
        const whole = spell(secret);
        const cut = whole.slice(0, Math.floor(whole.length * share));
        expect(partIn(read(createRedactor(secret).clean(cut)), secret)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('costs no other words', () => {
    const { clean, holdsKey } = createRedactor('Zq8-unlike-other-words_7');
    const said =
      'Your plan allows 5 calls a second: see https://docs.example/limits#rate &amp; come back, "soon".';
    expect(clean(said)).toBe(said);
    expect(holdsKey(said)).toBe(false);
  });

  it('takes twice the steps for twice the letters', () => {
    const { clean } = createRedactor('Zq8-unlike-other-words_7'.repeat(8));
    // Each place is looked up among the parts of the key.
    const stepsFor = (text: string): number => {
      const lookUps = vi.spyOn(Set.prototype, 'has');
      clean(text);
      const steps = lookUps.mock.calls.length;
      lookUps.mockRestore();
      return steps;
    };
    const few = stepsFor('Zq8-unli%'.repeat(228));
    const many = stepsFor('Zq8-unli%'.repeat(456));
    expect(few).toBeGreaterThan(9 * 228);
    expect(many).toBeLessThanOrEqual(2.1 * few);
  });
});
