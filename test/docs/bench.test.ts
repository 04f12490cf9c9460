import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { drawBench } from '../bench/picture.ts';
import { readPublished, tablesOf } from '../bench/publish.ts';

const published = await readPublished();
const { rows } = published;
const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

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
