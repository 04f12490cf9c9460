import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { parseDeadline, parseLimit, parseMetadata, parseStatus, readIds } from '../../../cli/input.ts';
import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';

const nothing = () => Readable.from([]);

describe('the deadline', () => {
  it.each([
    ['90s', 90],
    ['30m', 1_800],
    ['2h', 7_200],
    ['0s', 0],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDeadline(text)).toBe(seconds);
  });

  it.each(['', '90', 's', '1.5h', '-1s', '90 s', '1d', '1234567s', '90S'])('is refused as "%s"', (text) => {
    expect(() => parseDeadline(text)).toThrow(
      '--deadline: must be a number and a unit, such as 90s, 30m or 2h',
    );
  });
});

describe('the limit', () => {
  it('is a whole number from 1 to 1000', () => {
    expect([parseLimit('1'), parseLimit('1000')]).toEqual([1, 1_000]);
    for (const text of ['0', '1001', '-1', '1.5', '0x10', '', 'all', ' 1']) {
      expect(() => parseLimit(text)).toThrow('--limit: must be a whole number from 1 to 1000');
    }
  });
});

describe('the status', () => {
  it('is one of five words', () => {
    expect(parseStatus('abandoned')).toBe('abandoned');
    expect(() => parseStatus('Succeeded')).toThrow(
      '--status: must be one of starting, processing, succeeded, failed, abandoned',
    );
  });
});

describe('the metadata', () => {
  it('are JSON', () => {
    expect(parseMetadata('{"a": [1, null]}')).toEqual({ a: [1, null] });
    for (const text of ['', '{', "{'a': 1}"]) {
      expect(() => parseMetadata(text)).toThrow('--metadata: must be a JSON object');
    }
  });
});

describe('the ids', () => {
  it('are those of the command line, each once', async () => {
    expect(await readIds(['a', 'b', 'a'], nothing())).toEqual(['a', 'b']);
  });

  it('come one a line from standard input for "-", empty lines and carriage returns apart', async () => {
    expect(await readIds(['a', '-', 'd'], Readable.from(['b\r\n\nc', '\nb\n']))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  it.each([
    [[], 'detect_task_id: is required'],
    [['-'], 'detect_task_id: is required'],
    [['a/b'], 'detect_task_id: must be 1 to 64 letters, digits, "-" or "_"'],
    [['a', 'b', 'c d'], 'detect_task_id: must be 1 to 64 letters, digits, "-" or "_" (the 3. of 3)'],
  ])('are refused as %j, all of them', async (given, sentence) => {
    await expect(readIds(given, nothing())).rejects.toThrow(new RejectedRequestError('invalid', sentence));
  });
});
