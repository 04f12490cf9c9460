import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Envelope, parseEnvelope } from '../../../functions/crun/envelope.ts';
import { htmlPage, keyLike } from '../../support/answers.ts';

function envelopeOf(body: string): Envelope | undefined {
  const parsed = parseEnvelope(body);
  return parsed.kind === 'envelope' ? parsed.envelope : undefined;
}

const messageOf = (message: unknown): string | undefined =>
  envelopeOf(JSON.stringify({ code: 500, message }))?.message;

const ofParts = (parts: number): string =>
  `{"code":200,"data":[${Array.from({ length: parts - 2 }, () => '{}').join()}]}`;

describe('a code', () => {
  it.each([
    ['a number', '200', 200],
    ['digits in quotes', '"200"', 200],
    ['digits with a leading zero', '"0429"', 429],
    ['a number with an exponent', '2e2', 200],
    ['zero', '0', 0],
    ['a number that nobody listed', '999', 999],
    ['a negative number', '-1', -1],
  ])('may come as %s', (_form, json, code) => {
    expect(envelopeOf(`{"code":${json}}`)).toEqual({ code });
  });

  it.each([
    ['absent', '{}'],
    ['null', '{"code":null}'],
    ['a boolean', '{"code":true}'],
    ['a list', '{"code":[200]}'],
    ['an object', '{"code":{"code":200}}'],
    ['a fraction', '{"code":200.5}'],
    ['a number past 2^53', '{"code":9007199254740993}'],
    ['an infinite number', '{"code":1e400}'],
    ['an empty string', '{"code":""}'],
    ['digits with a space', '{"code":" 200"}'],
    ['digits with a line break', '{"code":"200\\n"}'],
    ['digits with a sign', '{"code":"+200"}'],
    ['digits with a point', '{"code":"200.0"}'],
    ['hexadecimal', '{"code":"0xc8"}'],
    ['digits of another script', '{"code":"٢٠٠"}'],
    ['ten digits', '{"code":"0000000200"}'],
    ['a word', '{"code":"ok"}'],
    ['spelled otherwise', '{"Code":200}'],
    ['inherited', '{"__proto__":{"code":200}}'],
    ['inside a list', '[{"code":200}]'],
    ['missing from null', 'null'],
    ['missing from a number', '200'],
    ['missing from a string', '"{\\"code\\":200}"'],
  ])('makes no envelope where it is %s', (_form, body) => {
    expect(parseEnvelope(body)).toEqual({ kind: 'other-json' });
  });
});

describe('a body', () => {
  it.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['a page', htmlPage],
    ['cut', '{"code":200,"data":{"status":"succ'],
    ['followed by more', '{"code":200}{"code":200}'],
    ['led by a byte order mark', '\uFEFF{"code":200}'],
    ['in single quotes', "{'code':200}"],
    ['a list with a trailing comma', '[{"code":200},]'],
    ['NaN', '{"code":NaN}'],
    ['a script', 'callback({"code":200})'],
    ['with a comment', '{"code":200/* fine */}'],
  ])('is no JSON where it is %s', (_form, body) => {
    expect(parseEnvelope(body)).toEqual({ kind: 'not-json' });
  });

  it('is taken apart up to that many parts', () => {
    expect(parseEnvelope(ofParts(150_000)).kind).toBe('envelope');
    expect(parseEnvelope(ofParts(150_001)).kind).toBe('too-many-parts');
  });

  it('is not taken apart where it has more parts than memory is meant for', () => {
    expect(parseEnvelope('['.repeat(1_000_000))).toEqual({ kind: 'too-many-parts' });
    expect(parseEnvelope(`{"code":200,"data":[${'{},'.repeat(200_000)}{}]}`)).toEqual({
      kind: 'too-many-parts',
    });
  });

  it('may be nested deeper than any stack', () => {
    const depth = 140_000;
    const body = `{"code":200,"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(envelopeOf(body)?.code).toBe(200);
  });

  it('says what its last equal key says', () => {
    expect(envelopeOf('{"code":200,"code":429,"data":1,"data":2}')).toEqual({ code: 429, data: 2 });
  });

  it('gives nothing but code, message and data', () => {
    const body = '{"code":200,"message":"m","data":null,"errors":[],"request_id":"r","msg":"n"}';
    expect(envelopeOf(body)).toEqual({ code: 200, message: 'm', data: null });
  });

  it('changes no prototype and takes nothing from one', () => {
    const poison = '"__proto__":{"message":"inherited","isPolluted":true}';
    const more = '"constructor":{"prototype":{"isPolluted":true}}';
    const parsed = envelopeOf(`{${poison},${more},"code":200}`);
    expect(parsed).toEqual({ code: 200 });
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('isPolluted');
  });
});

describe("the provider's message", () => {
  it.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 7],
    ['a list', ['no']],
    ['an object', { text: 'no' }],
  ])('is left out where it is %s', (_form, message) => {
    expect(messageOf(message)).toBeUndefined();
  });

  it('stays as it is up to 300 characters', () => {
    expect(messageOf('x'.repeat(300))).toBe('x'.repeat(300));
    expect(messageOf('x'.repeat(301))).toBe('x'.repeat(300));
    expect(messageOf('x'.repeat(1_000_000))).toBe('x'.repeat(300));
  });

  it('is counted in characters, none of which is halved', () => {
    expect(messageOf('🙂'.repeat(300))).toBe('🙂'.repeat(300));
    expect(messageOf('🙂'.repeat(301))).toBe('🙂'.repeat(300));
    expect(messageOf(`a${'🙂'.repeat(400)}`)).toBe(`a${'🙂'.repeat(299)}`);
  });

  it('is made well-formed', () => {
    expect(messageOf('a\uD83Db\uDE42')).toBe('a\uFFFDb\uFFFD');
  });

  it.each([
    ['alone', keyLike, 'ak_…'],
    ['in a sentence', `The key ${keyLike} is disabled.`, 'The key ak_… is disabled.'],
    ['in quotes', `{"x-api-key":"${keyLike}"}`, '{"x-api-key":"ak_…"}'],
    ['twice', `${keyLike},${keyLike}`, 'ak_…,ak_…'],
    ['cut short', `key ${keyLike.slice(0, 12)}`, 'key ak_…'],
    ['across the bound', 'x '.repeat(145) + keyLike, `${'x '.repeat(145)}ak_…`],
  ])('does not repeat a key that stands %s', (_where, message, expected) => {
    expect(messageOf(message)).toBe(expected);
  });

  it('keeps what only begins like a key', () => {
    expect(messageOf('speak_up, ak_47')).toBe('speak_up, ak_47');
  });

  it('is short, well-formed and free of keys, whatever it was', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('\uD83D', '\uDE42', '🙂', keyLike, 'ak_'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = messageOf(pieces.join(' ')) ?? '';
        expect(text.isWellFormed()).toBe(true);
        expect(Array.from(text).length).toBeLessThanOrEqual(300);
        expect(text).not.toContain(keyLike);
        expect(text).not.toMatch(/ak_[A-Za-z0-9]{8}/);
      }),
    );
  });
});
