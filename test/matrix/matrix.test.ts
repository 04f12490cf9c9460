import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { objectionsTo, pageFile, pageOf, type Row, rows } from './matrix.ts';

describe('the fault matrix', () => {
  it('has its four sections, each with its faults', () => {
    const counts = Map.groupBy(rows, ({ section }) => section);
    expect([...counts].map(([section, faults]) => [section, faults.length >= 15])).toEqual([
      ['Provider', true],
      ['Lambda and Step Functions', true],
      ['DynamoDB and secrets', true],
      ['Events and webhook', true],
    ]);
  });

  it('names for each fault an existing test on a real socket or store, or says why there is none', () => {
    const missing = rows.flatMap((row) => objectionsTo(row).map((objection) => `${row.fault}: ${objection}`));
    expect(missing).toEqual([]);
  });

  it('names each fault of a section once', () => {
    const faults = rows.map(({ section, fault }) => `${section}: ${fault}`);
    expect(faults.filter((fault, index) => faults.indexOf(fault) !== index)).toEqual([]);
  });

  it('is the page that documents it', () => {
    // If it is not: `npm run matrix`.
    expect(readFileSync(pageFile, 'utf8')).toBe(pageOf());
  });

  it('has the size that the page on reliability says', () => {
    const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
    expect(page).toContain(`| ${rows.length} faults |`);
  });
});

const row = (tests: Row['tests'], outcome = ''): Pick<Row, 'outcome' | 'tests'> => ({ outcome, tests });
const client = 'test/unit/crun/client-answers.test.ts';

describe('the check of a row', () => {
  it.each([
    ['no test and no reason', row([]), 'names no test'],
    ['a test that is not there', row([{ file: client, title: 'that nobody wrote' }]), 'there is no test'],
    ['a row that is not there', row([{ file: client, title: 'that flies is a value' }]), 'there is no test'],
    ['a file that is not there', row([{ file: 'test/no.test.ts', title: 'x' }]), 'there is no test'],
    [
      'a test of values alone',
      row([{ file: 'test/unit/poll/policy.test.ts', title: 'double from a second to a minute' }]),
      'none of its tests',
    ],
  ])('objects to %s', (_what, given, objection) => {
    expect(objectionsTo(given)).toEqual([expect.stringContaining(objection)]);
  });

  it('takes a test by its name, and one of many by its row', () => {
    const titles = ['to a port without a listener is refused', 'that speaks TLS is a value', 'cuts the body'];
    for (const title of titles) expect(objectionsTo(row([{ file: client, title }]))).toEqual([]);
  });

  it('takes no test if the fault is not ours', () => {
    expect(objectionsTo(row([], 'not ours: links are never fetched'))).toEqual([]);
  });
});
