/**
 * `npm run test:mutation`: the mutants of `functions/`, each against the unit tests of its own folder; ends with 1 where
 * fewer than 90 of 100 are killed, or as many as `--least` says. `-- poll functions/rate-limit/limiter.ts` for a folder and a
 * module, `-- --list` with each that lives.
 */
import { parseArgs } from 'node:util';

import { Stryker } from '@stryker-mutator/core';

import config from '../../stryker.config.json' with { type: 'json' };
import { type Target, targetOf, targets } from './targets.ts';

type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number];
type Options = ConstructorParameters<typeof Stryker>[0];

await command();

async function command(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { list: { type: 'boolean', default: false }, least: { type: 'string', default: '90' } },
    allowPositionals: true,
  });
  const asked = positionals.length > 0 ? positionals.map(targetOf) : targets;

  const all: MutantResult[] = [];
  for (const target of asked) {
    const mutants = await mutantsOf(target);
    console.log(lineOf(target.name, mutants));
    if (values.list) for (const mutant of mutants.filter(isAlive)) console.log(`  ${story(mutant)}`);
    all.push(...mutants);
  }
  console.log(lineOf('all', all));
  if (!(scoreOf(all) >= Number(values.least))) process.exitCode = 1;
}

async function mutantsOf({ name, mutate, tests, ignoreStatic = false }: Target): Promise<MutantResult[]> {
  process.env['MUTATION_TESTS'] = tests.join(',');
  const tempDirName = `.cache/stryker-${name}`;
  const options = { ...config, mutate, ignoreStatic, tempDirName } as Options;
  const beganMs = performance.now();
  const mutants = await new Stryker(options).runMutationTest();
  console.log(`${name}: ${Math.round((performance.now() - beganMs) / 1_000)} s`);
  return mutants;
}

/** A mutant that does not load, or that is said to be the same program, is neither killed nor alive. */
function isKilled({ status }: MutantResult): boolean {
  return status === 'Killed' || status === 'Timeout';
}
function isAlive({ status }: MutantResult): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}

function scoreOf(mutants: MutantResult[]): number {
  const killed = mutants.filter(isKilled).length;
  return (100 * killed) / (killed + mutants.filter(isAlive).length);
}

function lineOf(name: string, mutants: MutantResult[]): string {
  const killed = mutants.filter(isKilled).length;
  const alive = mutants.filter(isAlive);
  const uncovered = alive.filter(({ status }) => status === 'NoCoverage').length;
  const ignored = mutants.filter(({ status }) => status === 'Ignored').length;
  return `${name}: ${killed} of ${killed + alive.length} killed, ${scoreOf(mutants).toFixed(1)} %${uncovered > 0 ? `, ${uncovered} never run` : ''}${ignored > 0 ? `, ${ignored} left out` : ''}`;
}

function story({ fileName, location, replacement, status }: MutantResult): string {
  const place = `${fileName.replace(`${process.cwd()}/`, '')}:${location.start.line}:${location.start.column}`;
  return `${status} ${place} ${(replacement ?? '').replaceAll(/\s+/g, ' ').slice(0, 90)}`;
}
