import { describe, expect, it } from 'vitest';

import { type Envelope, parseEnvelope } from '../../../functions/crun/envelope.ts';
import { htmlPage } from '../../support/answers.ts';

function envelopeOf(body: string): Envelope | undefined {
  const parsed = parseEnvelope(body);
  return parsed.kind === 'envelope' ? parsed.envelope : undefined;
}

const ofParts = (parts: number): string =>
  `{"code":200,"data":[${Array.from({ length: parts - 2 }, () => '{}').join()}]}`;

describe('a code', () => {
  it.each([
    ['a number', '200', 200],
    ['digits in quotes', '"200"', 200],
    ['digits with a leading zero', '"0429"', 429],
    ['a number with an exponent', '2e2', 200],
    ['zero', '0', 0],
    ['an unlisted number', '999', 999],
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
    ['inside a list of two', '[{"code":200},{"code":200}]'],
    ['missing from null', 'null'],
    ['missing from a number', '200'],
  ])('makes no envelope where it is %s', (_form, body) => {
    expect(parseEnvelope(body).kind).toMatch(/^other-(object|json)$/);
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
