/** LevelDB opens without a word where its list of files is lost, as empty, and where a log is damaged, with fewer rows. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** One sentence with what to do, where the database has data and no list of it. */
export async function damageOf(database: string): Promise<string | undefined> {
  const names = await readdir(database).catch((): string[] => []);
  const hasData = names.some((name) => /\.(?:ldb|log)$/.test(name));
  if (!hasData || names.includes('CURRENT')) return undefined;
  return `the database is damaged, its file CURRENT is missing: restore ${database} from a copy, or move it away to begin anew`;
}

/** What the last opening had to leave out, by LevelDB's own log. */
export async function lossOf(database: string): Promise<string | undefined> {
  const log = await readFile(path.join(database, 'LOG'), 'utf8').catch(() => '');
  const dropped = [...log.matchAll(/dropping (\d+) bytes; Corruption/g)].map(([, bytes]) => Number(bytes));
  if (dropped.length === 0) return undefined;
  const bytes = dropped.reduce((sum, each) => sum + each, 0);
  return `the database was damaged and opened without ${bytes} bytes of its last writes: compare the records with the provider's tasks, or restore ${database} from a copy`;
}
