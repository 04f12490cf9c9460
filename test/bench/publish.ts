/** What the bench leaves in the repository: its numbers, their picture, and their tables in two documents. */
import { readFile, writeFile } from 'node:fs/promises';

import { drawBench } from './picture.ts';
import type { Row } from './run.ts';
import { costTable, readmePolicies } from './table.ts';

export interface Published {
  seed: number;
  tasks: number;
  rows: Row[];
}

const root = new URL('../../', import.meta.url);
const numbersFile = new URL('docs/bench.json', root);
const pictureFile = new URL('docs/bench.svg', root);
const region = /(?<=<!-- bench -->\n)[^]*?(?=\n<!-- \/bench -->)/;

/** By document, what stands in its region. */
export const tablesOf = (rows: readonly Row[]): Record<string, string> => ({
  'docs/cost.md': costTable(rows),
  'README.md': costTable(rows, readmePolicies),
});

export const readPublished = async (): Promise<Published> =>
  JSON.parse(await readFile(numbersFile, 'utf8')) as Published;

export async function publish(numbers: Published): Promise<void> {
  await writeFile(numbersFile, `${JSON.stringify(numbers, undefined, 2)}\n`);
  await writeFile(pictureFile, drawBench(numbers.rows));
  for (const [name, table] of Object.entries(tablesOf(numbers.rows))) {
    const file = new URL(name, root);
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(region, () => table),
    );
  }
}
