import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { drawBench } from '../bench/picture.ts';
import { readPublished, tablesOf } from '../bench/publish.ts';
import type { PolicyName } from '../bench/run.ts';
import { type Workload, workloadNames } from '../bench/workloads.ts';

const published = await readPublished();
const { rows } = published;
const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

const of = (workload: Workload, policy: PolicyName) =>
  rows.find((row) => row.workload === workload && row.policy === policy);

describe('what is shown of the bench', () => {
  it('is a picture of its numbers', () => {
    expect(read('docs/bench.svg')).toBe(drawBench(rows));
  });

  it.each(tablesOf(published))(
    'is a table of its numbers in $document, $region',
    ({ document, region, table }) => {
      expect(read(document)).toContain(`<!-- ${region} -->\n${table}\n<!-- /${region} -->`);
    },
  );

  it('says where others do better, as the numbers have it', () => {
    expect(read('README.md')).toContain('An SQS delay queue is cheaper than Express at the same lag');
    for (const workload of workloadNames) {
      const [queue, express] = [of(workload, 'sqs-delay'), of(workload, 'ours-express')];
      expect(queue?.waitingCostPerMillion).toBeLessThan(express?.waitingCostPerMillion ?? 0);
      const ratio = (queue?.lagMeanS ?? 0) / (express?.lagMeanS ?? 0);
      expect(Math.abs(Math.log(ratio))).toBeLessThan(0.1);
    }
    expect(read('README.md')).toContain('polling by `Retry` is cheaper and faster than Standard');
    const [retry, standard] = [of('long', 'retry-as-poll'), of('long', 'ours-standard')];
    expect(retry?.waitingCostPerMillion).toBeLessThan(standard?.waitingCostPerMillion ?? 0);
    expect(retry?.lagMeanS).toBeLessThan(standard?.lagMeanS ?? 0);
  });

  it('brings a ground of its own, so that a dark page can show it', () => {
    expect(drawBench(rows)).toMatch(/<rect width="\d+" height="\d+" fill="#ffffff"\/>/);
  });

  it('names every policy in every panel', () => {
    const labels = [
      ...drawBench(rows).matchAll(
        />(this, Express|this, Standard|Wait 30 s|Wait 5 s|Express, 1 s|Retry|durable|SQS|bare loop)</g,
      ),
    ];
    expect(labels).toHaveLength(27);
  });
});
