/** What `npm run bench:scale` leaves in the repository: its numbers, and the tables of the page on scale. */
import { readFile, writeFile } from 'node:fs/promises';

import { type Measured, tables } from './tables.ts';

const root = new URL('../../', import.meta.url);
const numbersFile = new URL('docs/scale.json', root);
const pageFile = new URL('docs/scale.md', root);

export const readPublished = async (): Promise<Measured> =>
  JSON.parse(await readFile(numbersFile, 'utf8')) as Measured;

export async function publish(measured: Measured): Promise<void> {
  await writeFile(numbersFile, `${JSON.stringify(measured, undefined, 2)}\n`);
  let page = await readFile(pageFile, 'utf8');
  for (const [name, table] of Object.entries(tables(measured))) page = withTable(page, name, table);
  await writeFile(pageFile, page);
}

export const region = (name: string, table: string): string =>
  `<!-- scale: ${name} -->\n${table}\n<!-- /scale -->`;

const withTable = (page: string, name: string, table: string): string =>
  page.replace(new RegExp(`<!-- scale: ${name} -->\n[^]*?<!-- /scale -->`), () => region(name, table));
