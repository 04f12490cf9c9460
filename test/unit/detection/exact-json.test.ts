import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';

import { parseMetadata } from '../../../cli/input.ts';
import { bodyOf } from '../../../functions/api/input.ts';
import { parseExactJson } from '../../../functions/detection/exact-json.ts';

describe('a number of a caller', () => {
  it.each([
    '1e-400',
    '-1e-400',
    '0.12345678901234567890123',
    '1.00000000000000000001',
    '1234567890.123456789',
  ])('that would change is rejected wherever it stands: %s', (number) => {
    expect(() => parseExactJson(`{"a":[{"b":${number}}]}`)).toThrow(`such as ${number}: write it as text`);
  });

  it.each([
    '0',
    '-0',
    '0.0e-400',
    '1',
    '1.50',
    '150e-2',
    '0.1',
    '9007199254740991',
    '1E+3',
    '-2.5e-7',
    '5e-324',
  ])('that is kept is read: %s', (number) => {
    expect(parseExactJson(number)).toBe(Number(number));
  });

  it('is read as JavaScript writes it', () => {
    const safe = fc.double({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, noNaN: true });
    fc.assert(
      fc.property(safe, (number) => {
        const text = JSON.stringify(number);
        expect(parseExactJson(text)).toBe(JSON.parse(text));
      }),
    );
  });

  it('is rejected in one sentence by the command line and the API', () => {
    expect(() => parseMetadata('{"a":1e-400}')).toThrow(
      '--metadata: must hold no number that changes when it is read, such as 1e-400: write it as text',
    );
    const body = Buffer.from('{"detect_task_id":"a","metadata":{"a":1e-400}}');
    const headers = { 'content-type': 'application/json' };
    expect(bodyOf(z.looseObject({}), { method: 'POST', path: '/', query: '', headers, body })).toMatchObject({
      problem: { status: 422, field: 'body' },
    });
  });
});
