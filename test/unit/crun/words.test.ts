import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createWords } from '../../../functions/crun/words.ts';
import { keyLike } from '../../support/answers.ts';

/** Put together here, so that no file holds what a scanner takes for a key. */
const ours = ['ak', 'Zy9-Xw8_Vu7', 'SECRETPART'].join('_');
const words = createWords(ours);
const text = (value: unknown): string | undefined => words.text(value);

describe("the provider's text", () => {
  it.each([undefined, null, '', ['no'], { text: 'no' }, true])('is left out where it is %j', (value) => {
    expect(text(value)).toBeUndefined();
  });

  it('is kept up to 300 characters', () => {
    expect(text('x'.repeat(300))).toBe('x'.repeat(300));
    expect(text('x'.repeat(301))).toBe('x'.repeat(300));
    expect(text('x'.repeat(1_000_000))).toBe('x'.repeat(300));
  });

  it('is counted in characters, none of which is halved', () => {
    expect(text('🙂'.repeat(300))).toBe('🙂'.repeat(300));
    expect(text('🙂'.repeat(301))).toBe('🙂'.repeat(300));
    expect(text(`a${'🙂'.repeat(400)}`)).toBe(`a${'🙂'.repeat(299)}`);
  });

  it('is made well-formed', () => {
    expect(text('a\uD83Db\uDE42')).toBe('a\uFFFDb\uFFFD');
  });
});

describe('our key', () => {
  it.each([
    ['alone', ours, '…'],
    ['in a sentence', `The key ${ours} is disabled.`, 'The key … is disabled.'],
    ['twice', `${ours},${ours}`, '…,…'],
    ['without its end', `key ${ours.slice(0, 8)}.`, 'key ….'],
    ['without its beginning', `key ${ours.slice(-10)}.`, 'key ….'],
    ['in capitals', `key ${ours.toUpperCase()}.`, 'key ….'],
    ['in small letters', `key ${ours.toLowerCase()}.`, 'key ….'],
    ['URL-encoded', `?k=${ours.replaceAll('_', '%5F').replaceAll('-', '%2d')}&`, '?k=…&'],
    ['URL-encoded twice', `?k=${ours.replaceAll('_', '%255F')}&`, '?k=…&'],
    [
      'URL-encoded in every letter',
      `?k=${Buffer.from(ours).toString('hex').replaceAll(/../g, '%$&')}&`,
      '?k=…&',
    ],
    ['escaped for JSON', ours.replaceAll('_', String.raw`\u005f`), '…'],
    ['across the bound', 'x '.repeat(145) + ours, `${'x '.repeat(145)}…`],
    ['cut by the bound of what is read', ' '.repeat(4_080) + ours, ' '.repeat(300)],
  ])('is removed where it stands %s', (_where, said, expected) => {
    expect(text(said)).toBe(expected);
    expect(words.holdsKey(said)).toBe(true);
  });

  it('of a few letters is removed as a whole, and letters that are equal by chance are no part of it', () => {
    const short = createWords('dev-key');
    expect(short.text('the key dev-key is unknown')).toBe('the key … is unknown');
    expect(short.text('dev-ke')).toBe('dev-ke');
    expect(short.holdsKey('dev-key')).toBe(false);
  });

  it('is no part of a text that shares fewer than eight letters with it', () => {
    expect(text(`${ours.slice(0, 7)} ${ours.slice(-7)}`)).toBe(`${ours.slice(0, 7)} ${ours.slice(-7)}`);
    expect(words.holdsKey('another text')).toBe(false);
  });

  it('may be empty', () => {
    expect(createWords('').text('a text')).toBe('a text');
  });
});

describe('a key of another account', () => {
  it.each([
    ['alone', keyLike, 'ak_…'],
    ['in a sentence', `The key ${keyLike} is disabled.`, 'The key ak_… is disabled.'],
    ['in quotes', `{"x-api-key":"${keyLike}"}`, '{"x-api-key":"ak_…"}'],
    ['twice', `${keyLike},${keyLike}`, 'ak_…,ak_…'],
    ['without its end', `key ${keyLike.slice(0, 12)}`, 'key ak_…'],
    ['across the bound', 'x '.repeat(145) + keyLike, `${'x '.repeat(145)}ak_…`],
    ['in capitals', keyLike.toUpperCase(), 'ak_…'],
    ['URL-encoded', keyLike.replace('_', '%5F'), 'ak_…'],
    ['with a part behind a dash', `${keyLike}-REST_of.`, 'ak_….'],
    ['with a dash in front', ['(ak', 'ab-REST-of)'].join('_'), '(ak_…)'],
  ])('is removed where it stands %s', (_where, said, expected) => {
    expect(text(said)).toBe(expected);
  });

  it('is not what only begins like one', () => {
    expect(text('speak_up, ak_47, break_in-the-door')).toBe('speak_up, ak_47, break_in-the-door');
  });
});

it('any text comes out short, well-formed and without keys', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('\uD83D', '\uDE42', '🙂', keyLike, ours, encodeURIComponent(ours), 'ak_', '%', '%25'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const said = text(pieces.join(' ')) ?? '';
      expect(said.isWellFormed()).toBe(true);
      expect(Array.from(said).length).toBeLessThanOrEqual(300);
      expect(said.toLowerCase()).not.toContain(ours.toLowerCase().slice(0, 8));
      expect(said).not.toMatch(/ak_[A-Za-z0-9]{8}/);
    }),
  );
});

describe('the words of an error', () => {
  const message = 'no face';
  it.each([
    ['a sentence', message, { message }],
    ['a number', 7, { message: '7' }],
    ['an object', { code: 'E7', message }, { code: 'E7', message }],
    ['an object with a numeric code', { code: 501, message }, { code: '501', message }],
    ['an object with a code only', { code: 'E7' }, { code: 'E7' }],
    ['an object with msg', { msg: message }, { message }],
    ['an object with detail', { detail: message }, { message }],
    ['an object inside an object', { error: { code: 'E7', message } }, { code: 'E7', message }],
    ['an object inside an object with a code', { code: 1, error: { message } }, { code: '1', message }],
    ['a list', [message, 'and more'], { message }],
    ['a list whose first entry says nothing', [null, {}, { msg: message }], { message }],
    ['a list in an object', { errors: [{ field: 'f', message }] }, { message }],
    ['an object as a string of JSON', JSON.stringify({ code: 'E7', message }), { code: 'E7', message }],
    ['null', null, {}],
    ['absent', undefined, {}],
    ['an empty sentence', '', {}],
    ['a boolean', true, {}],
    ['an empty list', [], {}],
    ['an object without a reason', { field: message }, {}],
    ['an object with values of other types', { code: {}, message: {} }, {}],
    [
      'nested deeper than any service does',
      { error: { error: { error: { error: { error: message } } } } },
      {},
    ],
    ['text that only looks like JSON', '{no face', { message: '{no face' }],
    ['a repeated key', { code: keyLike, message: keyLike }, { code: 'ak_…', message: 'ak_…' }],
  ])('are read where it is %s', (_form, error, expected) => {
    expect(words.of(error)).toEqual(expected);
  });

  it('hold a code of at most 64 characters, none of which is halved', () => {
    expect(words.of({ code: 'x'.repeat(65) })).toEqual({ code: 'x'.repeat(64) });
    expect(words.of({ code: `a${'🙂'.repeat(99)}` })).toEqual({ code: `a${'🙂'.repeat(63)}` });
  });

  it('are not taken from a prototype', () => {
    expect(words.of(JSON.parse('{"__proto__":{"message":"inherited"}}'))).toEqual({});
  });
});

describe('the name of a status', () => {
  it.each([
    ['queued', 'queued'],
    [' Queued\n', 'queued'],
    ['time_out-2', 'time_out-2'],
    ['on hold', 'on?hold'],
    ['a\r\nb: c', 'a??b??c'],
    ['ééé', '???'],
    ['x'.repeat(33), 'x'.repeat(32)],
    ['See https://cdn.example/a.jpg\nor b', 'see??'],
    ['a:/b//c', 'a??b??c'],
    [`key ${ours}`, 'key??'],
    [`so ${ours.slice(-10)}`, 'so??'],
    [keyLike, 'ak_?'],
  ])('is fit for a log: %j becomes %j', (status, name) => {
    expect(words.statusName(status)).toBe(name);
  });

  it('is found at once, however long it is', { timeout: 5_000 }, () => {
    expect(words.statusName('x'.repeat(8_000_000))).toBe('x'.repeat(32));
  });
});
