/** The numbers in the notes on decisions are those of the sources. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { dollars, lambdaDollars } from '../../cli/prices.ts';
import { maxBodyBytes } from '../../functions/crun/client.ts';
import { InvalidSecretsError, parseSecrets } from '../../functions/notify/webhook/sign.ts';
import {
  expressPolicy,
  functionMemoryMb,
  functionSeconds,
  reserveSeconds,
  standardPolicy,
} from '../../functions/poll/policy.ts';
import { fitsInline } from '../../functions/records/faces.ts';
import { dueAt } from '../../functions/records/head.ts';
import { bundle } from '../bench/handler/bundles.ts';
import { bars } from '../bench/storms.ts';
import { quotas } from '../scale/quotas.ts';
import { filesIn, read, rowsOf } from './pages.ts';

const note = (name: string): string => read(`docs/decisions/${name}.md`);
const manifest = JSON.parse(read('package.json')) as Record<'devDependencies', Record<string, string>>;
const development = JSON.parse(read('tools/node/package.json')) as Record<
  'optionalDependencies',
  Record<string, string>
>;
/** A number that a module keeps to itself. */
const constantIn = (file: string, name: string): number =>
  Number(new RegExp(`const ${name} = ([\\d_.]+);`).exec(read(file))?.[1]?.replaceAll('_', ''));

const invocation = lambdaDollars(1, 0);
const functionSecond = lambdaDollars(0, 1_000);
const threeStates = 3 * dollars.transition;
const seconds = (ms: number): string => `${ms / 1_000} s`;
/** One face that takes so many bytes of an item. */
const facesOf = (bytes: number) => [{ id: 0, link: 'x'.repeat(bytes - 40) }];
const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;
const millions = (price: number): string => `$${(price * 1_000_000).toFixed(2).replace(/\.00$/, '')}`;

const ofBothPolicies = (name: 'firstGapScale' | 'laterGapScale' | 'lateFraction') => [
  String(standardPolicy[name]),
  String(expressPolicy[name]),
];

describe('the notes on decisions', () => {
  it('each have their context, decision and consequence', () => {
    for (const file of filesIn('docs/decisions', '.md'))
      expect(read(file)).toMatch(
        /^# .+\n\n\*\*Context\.\*\* [^]+\n\*\*Decision\.\*\* [^]+\n\*\*Consequence\.\*\*/,
      );
  });

  it.each([
    ['wait-is-a-value', `$${threeStates.toFixed(6)}`],
    ['wait-is-a-value', `${(threeStates / functionSecond).toFixed(1)} s of the function's time`],
    ['wait-is-a-value', `up to ${standardPolicy.firstInvocationMs / 1_000} s`],
    ['plain-http', `${maxBodyBytes / 1_024 ** 2} MiB`],
    ['lock-owns-the-database', `${constantIn('local/private-socket.ts', 'maxSocketPathBytes')} bytes`],
    ['lock-owns-the-database', `for up to ${constantIn('local/database.ts', 'patienceMs') / 1_000} s`],
    ['signed-by-hand', `\`standardwebhooks\` ${manifest.devDependencies['standardwebhooks']}`],
    ['schedule-by-price', `$${functionSecond.toFixed(8)}`],
    ['schedule-by-price', `in the function, ${functionMemoryMb} MB`],
    ['schedule-by-price', `$${(threeStates + invocation).toFixed(7)}`],
    ['schedule-by-price', `an invocation, $${invocation.toFixed(7)}`],
    ['schedule-by-price', `$${((64 / 1_024) * dollars.expressGbSecond).toFixed(8)}`],
    ['schedule-by-price', `${reserveSeconds} s more than the longest budget`],
    ['schedule-by-price', `at least ${standardPolicy.minPauseMs / 1_000} s after`],
    ['schedule-by-price', `${quotas.concurrency.limit.STANDARD.toLocaleString('en-US')} by default`],
    ['reserved-slots', `${millions(dollars.write + dollars.read)} per million polls`],
    ['reserved-slots', `three transitions costs ${millions(threeStates)}`],
    [
      'reserved-slots',
      `some ${constantIn('functions/rate-limit/limit.ts', 'perShard')} reservations a second`,
    ],
  ])('quote what the sources say: %s, %s', (name, quoted) => {
    expect(note(name)).toContain(quoted);
  });

  it('quote the policies of the schedule', () => {
    const rows = new Map(rowsOf(note('schedule-by-price')).map(([name = '', ...cells]) => [name, cells]));
    const cellsOf = (name: string) => rows.get(name)?.slice(0, 2);
    expect(cellsOf('first invocation')).toEqual([
      seconds(standardPolicy.firstInvocationMs),
      seconds(expressPolicy.firstInvocationMs),
    ]);
    expect([standardPolicy.laterInvocationMs, expressPolicy.laterInvocationMs]).toEqual([0, 0]);
    expect(cellsOf('later ones')).toEqual(['one poll', 'one poll']);
    for (const name of ['firstGapScale', 'laterGapScale', 'lateFraction'] as const)
      expect(cellsOf(`\`${name}\``)).toEqual(ofBothPolicies(name));
    expect(cellsOf('longest gap')).toEqual([
      seconds(standardPolicy.maxGapMs),
      seconds(expressPolicy.maxGapMs),
    ]);
    expect(cellsOf('function timeout')).toEqual([`${functionSeconds} s`, `${functionSeconds} s`]);
    expect(note('schedule-by-price')).toContain(
      `more than ${seconds(standardPolicy.longestSlotPauseMs)} away is waited for by the workflow`,
    );
    expect(standardPolicy.ageFraction).toBe(1 / 5);
    expect(dueAt(0, '2100-01-01T00:00:00Z')).toBe('1970-01-01T00:05:00.000Z');
  });

  it('quote the size from which faces go into pages', () => {
    expect(fitsInline(facesOf(8 * 1_024))).toBe(true);
    expect(fitsInline(facesOf(8 * 1_024 + 1))).toBe(false);
    expect(note('single-item-writes')).toContain('Faces over 8 KB');
  });

  it('quote the length of a secret', () => {
    for (const bytes of [24, 64]) expect(parseSecrets(secretOf(bytes))).toHaveLength(1);
    for (const bytes of [23, 65]) expect(() => parseSecrets(secretOf(bytes))).toThrow(InvalidSecretsError);
    expect(note('signed-by-hand')).toContain('24 to 64 bytes');
  });

  it('quote the bars of the shared rate', () => {
    const bar = { callsPerNecessary: 1.05, throttled: 0.01, makespanPerIdeal: 1.1 };
    const holds = (shares: typeof bar): boolean =>
      bars.every((each) =>
        each.holds(shares, { tasks: 1, succeeded: 1 } as Parameters<typeof each.holds>[1]),
      );
    expect(holds(bar)).toBe(true);
    for (const name of Object.keys(bar) as (keyof typeof bar)[])
      expect(holds({ ...bar, [name]: bar[name] * 1.001 })).toBe(false);
    expect(note('reserved-slots')).toContain('1.05 calls, 1 % or 1.1');
  });

  it('quote the version of Node, for each platform', () => {
    const versions = Object.values(development.optionalDependencies);
    expect(versions).toHaveLength(4);
    expect(versions.every((version) => version.startsWith('24.'))).toBe(true);
    expect(note('node-from-npm')).toContain('Node 24 is a dependency of `tools/node`');
    expect(read('.npmrc')).toContain('ignore-scripts=true');
  });

  it('quote the size of the bundles', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bundle-'));
    try {
      const [, ours, withParameter] =
        /(\d+) KB, and (\d+) KB with a parameter/.exec(note('what-a-poll-loads')) ?? [];
      for (const [name, kilobytes] of [
        ['ours', ours],
        ['oursWithParameter', withParameter],
      ] as const) {
        const { bytes } = await bundle(name, folder);
        expect(Math.abs(bytes / 1_000 / Number(kilobytes) - 1)).toBeLessThan(0.05);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
