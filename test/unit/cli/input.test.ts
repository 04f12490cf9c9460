import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { parseDeadline, parseLimit, parseMetadata, parseStatus, readIds } from '../../../cli/input.ts';
import { UserError } from '../../../client/user-error.ts';

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

  it.each(['', '90', 's', '1.5h', '-1s', '90 s', '1d', '1234567s', '90S'])('is rejected as "%s"', (text) => {
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

  it('come one a line from standard input for "-", without blanks around them', async () => {
    expect(await readIds(['a', '-', 'd'], Readable.from(['\uFEFFb\r\n\n c\t', '\nb \n']))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  it('are named with their line where one of standard input is rejected', async () => {
    await expect(readIds(['a', '-'], Readable.from(['b\n\nc d\n']))).rejects.toThrow(
      'detect_task_id: must be 1 to 64 letters, digits, "-" or "_", not "c d" (line 3 of standard input)',
    );
  });

  it('are no URLs: the sentence says what is taken', async () => {
    await expect(readIds(['https://media.example/a.jpg'], nothing())).rejects.toThrow(
      'detect_task_id: must be the id of a submitted task, not a URL; submit the media by detect, or start the id of a task that was submitted elsewhere',
    );
  });

  it.each([
    [[], 'detect_task_id: is required'],
    [['-'], 'detect_task_id: is required'],
    [['a/b'], 'detect_task_id: must be 1 to 64 letters, digits, "-" or "_", not "a/b"'],
    [['a', 'c\u202Ed'], 'detect_task_id: must be 1 to 64 letters, digits, "-" or "_", not "c·d"'],
  ])('are rejected as %j, all of them', async (given, sentence) => {
    await expect(readIds(given, nothing())).rejects.toThrow(new UserError('invalid-input', sentence));
  });
});
