/** What the bench leaves in the repository: its numbers, their picture, and their tables in two documents. */
import { readFile, writeFile } from 'node:fs/promises';

import type { ArchiveCost } from './archive.ts';
import { drawBench } from './picture.ts';
import type { Row } from './run.ts';
import { archiveTable, conditionsTable, costTable, readmePolicies } from './table.ts';
import type { OtherConditions } from './workloads.ts';

export interface Published {
  seed: number;
  tasks: number;
  rows: Row[];
  /** The same policies under other conditions than the standard ones. */
  under: Partial<Record<OtherConditions, Row[]>>;
  archive: ArchiveCost[];
}

const root = new URL('../../', import.meta.url);
const numbersFile = new URL('docs/bench.json', root);
const pictureFile = new URL('docs/bench.svg', root);

interface PublishedTable {
  document: string;
  /** Between `<!-- region -->` and `<!-- /region -->`. */
  region: string;
  table: string;
}
export const tablesOf = ({ rows, under, archive }: Omit<Published, 'seed' | 'tasks'>): PublishedTable[] => [
  { document: 'docs/cost.md', region: 'archive', table: archiveTable(archive) },
  { document: 'docs/cost.md', region: 'bench', table: costTable(rows) },
  { document: 'docs/cost.md', region: 'conditions', table: conditionsTable(under) },
  { document: 'README.md', region: 'bench', table: costTable(rows, readmePolicies) },
];

export const readPublished = async (): Promise<Published> =>
  JSON.parse(await readFile(numbersFile, 'utf8')) as Published;

export async function publish(numbers: Published): Promise<void> {
  await writeFile(numbersFile, `${JSON.stringify(numbers, undefined, 2)}\n`);
  await writeFile(pictureFile, drawBench(numbers.rows));
  for (const { document, region, table } of tablesOf(numbers)) {
    const file = new URL(document, root);
    const marked = new RegExp(`(?<=<!-- ${region} -->\\n)[^]*?(?=\\n<!-- /${region} -->)`);
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(marked, () => table),
    );
  }
}
