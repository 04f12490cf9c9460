/**
 * `npm run bench`: every way to wait for the answer, side by side. Without options it also renews what the documents
 * show of it; `--check` instead fails where a bar is broken or the documents are not up to date.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { archiveCosts } from './archive.ts';
import { brokenBars, dominated } from './bars.ts';
import { brokenBurstBars, burstsOf, runBurst } from './bursts.ts';
import { runAll } from './pool.ts';
import { publish, type Published, readPublished } from './publish.ts';
import { jobsOf, jobsUnder } from './run.ts';
import { archiveTable, conditionsTable, conditionTitles, terminalTable } from './table.ts';
import { conditionNames } from './workloads.ts';

/** So many that the tail of the videos is the same for every seed; so few that two processors do it in a minute. */
const standard = { seed: 1, tasks: 1_000 };

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(standard.seed) },
    tasks: { type: 'string', default: String(standard.tasks) },
  },
});
const options = { seed: Number(values.seed), tasks: Number(values.tasks) };
if (!Number.isInteger(options.seed) || !Number.isInteger(options.tasks) || options.tasks < 1)
  throw new Error('--seed and --tasks are whole numbers');

const benched = await runAll(jobsOf(options));
const rows = benched.map(({ row }) => row);
const under: Published['under'] = {};
for (const conditions of conditionNames) {
  const varied = await runAll(jobsUnder(conditions, options));
  benched.push(...varied);
  under[conditions] = varied.map(({ row }) => row);
}
const mismatches = benched.flatMap((done) => done.mismatches);
const bursts = [];
for (const burst of burstsOf(options.seed)) bursts.push(await runBurst(burst));
const broken = [
  ...brokenBars(rows),
  ...conditionNames.flatMap((name) =>
    dominated(under[name] ?? []).map((sentence) => `${conditionTitles[name]}: ${sentence}`),
  ),
  ...brokenBurstBars(bursts),
];
const archive = await archiveCosts();
const published = { ...options, rows, under, archive };

if (values.json) console.log(JSON.stringify({ rows, under, archive, bursts }, undefined, 2));
else {
  console.log(terminalTable(rows));
  console.log(
    `\nCost of waiting, mean lag and Lambda seconds under other conditions\n${conditionsTable(under)}`,
  );
  console.table(bursts);
  console.log(`\nWhat an archive adds, for 1,000 faces\n${archiveTable(archive)}`);
}

// Of what is wrong, the first few say enough.
for (const sentence of mismatches.slice(0, 20)) console.error(`accounting: ${sentence}`);
for (const sentence of broken) console.error(`bar: ${sentence}`);
if (mismatches.length > 0) process.exitCode = 1;

const isStandard = isDeepStrictEqual(options, standard);
if (values.check) {
  if (broken.length > 0) process.exitCode = 1;
  if (isStandard && !isDeepStrictEqual(published, await readPublished())) {
    console.error('docs/bench.json is not what was measured: run `npm run bench`');
    process.exitCode = 1;
  }
} else if (isStandard && !values.json) {
  await publish(published);
}
