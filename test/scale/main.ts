/**
 * `npm run bench:scale`: a million tasks of each workload, on Standard and on Express, in virtual time; their peaks
 * beside the quotas. Without options it also renews docs/scale.md and docs/scale.json; `--check` runs fewer tasks, and
 * fails where what a task asks for is not what is published.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { measure, standard } from './measure.ts';
import { sharesOf } from './needs.ts';
import { publish, readPublished } from './publish.ts';
import { quotaNames, quotas } from './quotas.ts';

Error.stackTraceLimit = 0;

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(standard.seed) },
    tasks: { type: 'string' },
    rate: { type: 'string', default: String(standard.rate) },
  },
});
const options = {
  seed: Number(values.seed),
  tasks: Number(values.tasks ?? (values.check ? 20_000 : standard.tasks)),
  rate: Number(values.rate),
};
if (!Object.values(options).every((value) => Number.isInteger(value) && value >= 1))
  throw new Error('--seed, --tasks and --rate are whole numbers from 1');

const measured = await measure(options);
if (values.json) console.log(JSON.stringify(measured, undefined, 2));
else {
  for (const { type, workload, peaks, demand } of measured.rows) {
    console.log(`\n${workload} on ${type}: ${options.tasks} tasks at ${options.rate} a second`);
    console.log(
      Object.entries(peaks)
        .map(([name, peak]) => `${name} ${peak}`)
        .join(', '),
    );
    const shares = sharesOf(type, options.rate, demand);
    const over = quotaNames.filter((name) => shares[name] > 1).toSorted((a, b) => shares[b] - shares[a]);
    for (const name of over) console.log(`  ${shares[name].toFixed(1)} times ${quotas[name].name}`);
  }
}

const published = await readPublished().catch(() => undefined);
if (values.check) {
  const demands = (rows: typeof measured.rows) => rows.map(({ demand }) => demand);
  if (!isDeepStrictEqual(demands(measured.rows), demands(published?.rows ?? []))) {
    console.error('docs/scale.json is not what was measured: run `npm run bench:scale`');
    process.exitCode = 1;
  }
} else if (isDeepStrictEqual(options, standard)) await publish(measured);
