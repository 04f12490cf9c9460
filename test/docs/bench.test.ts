import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { drawBench } from '../bench/picture.ts';
import { readPublished, tablesOf } from '../bench/publish.ts';

const { rows } = await readPublished();
const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('what is shown of the bench', () => {
  it('is a picture of its numbers', () => {
    expect(read('docs/bench.svg')).toBe(drawBench(rows));
  });

  it.each(Object.entries(tablesOf(rows)))('is a table of its numbers in %s', (file, table) => {
    expect(read(file)).toContain(`<!-- bench -->\n${table}\n<!-- /bench -->`);
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
