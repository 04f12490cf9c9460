/** What the bench leaves in the repository: its numbers, their picture, and the README's table. */
import { readFile, writeFile } from 'node:fs/promises';

import { drawBench } from './picture.ts';
import type { Row } from './run.ts';
import { readmeTable } from './table.ts';

export interface Published {
  seed: number;
  tasks: number;
  rows: Row[];
}

const root = new URL('../../', import.meta.url);
const numbersFile = new URL('docs/bench.json', root);
const pictureFile = new URL('docs/bench.svg', root);
const readmeFile = new URL('README.md', root);

const readmeRegion = /(?<=<!-- bench -->\n)[^]*?(?=\n<!-- \/bench -->)/;

export const readPublished = async (): Promise<Published> =>
  JSON.parse(await readFile(numbersFile, 'utf8')) as Published;

export async function publish(numbers: Published): Promise<void> {
  await writeFile(numbersFile, `${JSON.stringify(numbers, undefined, 2)}\n`);
  await writeFile(pictureFile, drawBench(numbers.rows));
  const readme = await readFile(readmeFile, 'utf8');
  await writeFile(
    readmeFile,
    readme.replace(readmeRegion, () => readmeTable(numbers.rows)),
  );
}
