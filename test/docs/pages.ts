/** The documents as text, and what the tests look for in them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

export const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));

/** Every document of the repository, by its path. */
export const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...filesIn('docs', '.md'),
].toSorted();

export const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();
export const matches = (text: string, pattern: RegExp): string[] =>
  sorted([...text.matchAll(pattern)].map(([, found]) => found ?? ''));

/** The text under a heading, up to the next of any level. */
export function section(page: string, heading: string): string {
  const [, after] = page.split(new RegExp(`^#+ ${heading.replaceAll('?', String.raw`\?`)}$`, 'm'));
  if (after === undefined) throw new Error(`there is no heading ${heading}`);
  return after.split(/^#+ /m)[0] ?? '';
}

/** The rows of all tables in a text, cell by cell. */
export const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) =>
    row.split(/(?<= )\|(?= |$)/).map((cell) => cell.trim()),
  );

/** Every name in one column: a cell may hold several. */
export const namesInColumn = (text: string, column: number): string[] =>
  sorted(rowsOf(text).flatMap((cells) => matches(cells[column] ?? '', /`([^`]+)`/g)));

/** Every name that an entry of a list begins with: an entry may begin with several. */
export const namesInList = (text: string): string[] =>
  sorted(
    [...text.matchAll(/^- (`[^:\n]*?)(?::|, required$)/gm)].flatMap(([, names = '']) =>
      matches(names, /`([^`]+)`/g),
    ),
  );

/** The fields of an interface or schema, by the source's own indentation. */
export const fieldsOf = (file: string, opening: string): string[] => {
  const [, body = ''] = read(file).split(opening);
  return matches(body.split(/^\}/m)[0] ?? '', /^ {2}(?:readonly )?(\w+)\??:/gm);
};

/** The headings as GitHub makes anchors of them. */
export const anchorsOf = (page: string): Set<string> =>
  new Set([
    ...matches(page, /<a id="([\w-]+)">/g),
    ...matches(page, /^#+ (.+)$/gm).map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  ]);

/** As `wc -w` counts them. */
/** Without what a command writes between marks: tables of numbers and pictures. */
export const proseOf = (text: string): string =>
  text.replaceAll(/<!-- ([a-z]+)\b[^>]*-->\n[^]*?<!-- \/\1 -->/g, '');
export const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /\w/.test(word)).length;
