/** Every call of the product to AWS, as the tests made it, beside the published models of the services. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, inject, it } from 'vitest';

import { instrument, modules, sdkNamesOf } from './instrument.ts';
import type { Recorded } from './record.ts';

const product = modules();
const sites = [...product].flatMap(([file, code]) => instrument(file, code).sites);
const folder = inject('recordings');
const recorded = readdirSync(folder)
  .flatMap((file) => readFileSync(path.join(folder, file), 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Recorded);
const requestsOf = ({ site }: { site: string }) => recorded.filter((one) => one.site === site);

/** What the database in this process answers, and DynamoDB itself does in part. */
const ofDynalite =
  /\.NumberOfDecreasesToday: 0 is under 1$|^output\.Table(Description)?\.TableId: not \[0-9a-f\]/;

describe('the calls of AWS', () => {
  it('are all recorded, each with an answer', () => {
    const unanswered = sites.filter((site) => !requestsOf(site).some(({ answers }) => answers > 0));
    console.log(`${sites.length - unanswered.length} of ${sites.length} call sites are recorded`);
    expect(sites.length).toBeGreaterThan(20);
    expect(unanswered).toEqual([]);
  });

  it('are requests, answers and errors of the published models', () => {
    const faults = recorded.flatMap(({ site, faults: lines }) => lines.map((line) => [site, line] as const));
    const others = faults.filter(([, line]) => !ofDynalite.test(line));
    expect(new Set(others.map((fault) => fault.join(': ')))).toEqual(new Set());
  });

  it('are made by commands alone, which are counted', () => {
    const aliases = [...product].filter(([, code]) =>
      /import (?:\w+|\* as \w+)(?:, \{[^}]*\})? from '@aws-sdk\/client-|import\('@aws-sdk\/client-[\w-]+'\)\)?[.;]/.test(
        code.replaceAll(/const \{[^}]*\} = await import\('@aws-sdk\/client-[\w-]+'\);/g, ''),
      ),
    );
    expect(aliases.map(([file]) => file)).toEqual([]);
    const names = [...product].flatMap(([file, code]) =>
      [...sdkNamesOf(code).keys()].map((name) => `${file} ${name}`),
    );
    // Nor pages and waiters of the SDK, which make commands of their own.
    expect(names.filter((name) => /^\S+ (?:paginate|waitUntil)|\bas\b|: /.test(name))).toEqual([]);
    const made = [...product].flatMap(([, code]) => [...code.matchAll(/\bnew (\w+)Command\(/g)]);
    expect(made).toHaveLength(sites.length);
  });
});
