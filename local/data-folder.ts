/** The folder of everything that one machine keeps: this user's alone. */
import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { dataFolderError } from './private-socket.ts';

/** Throws a `UserError` where it cannot be made, or where another user could read from it or answer in its place. */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    const isNew = await makePath(folder, 'with its parents');
    // It stands in a working directory by default: links and the webhook secret belong into no commit.
    if (isNew) await writeFile(path.join(folder, '.gitignore'), '*\n');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw dataFolderError(`the folder cannot be made (${code}): ${folder}`, error);
  }
  const fault = foreignFault(await stat(folder), process.getuid?.());
  if (fault !== undefined) throw dataFolderError(`${fault}: ${folder}`);
}

/** A user who made the folder, or may write into it, could be the database in it. Windows has no user numbers. */
export function foreignFault(
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  own: number | undefined,
): string | undefined {
  if (own === undefined) return undefined;
  if (uid !== own) return 'the folder belongs to another user; name one of your own';
  return (mode & 0o002) === 0
    ? undefined
    : 'every user may write into the folder; `chmod o-w` it, or name another';
}

/** As `mkdir -p`, and whether it was not there before; Node's own never returns where a folder cannot hold another, as below /proc. */
async function makePath(folder: string, how: 'with its parents' | 'alone'): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return false;
    if (code !== 'ENOENT' || how === 'alone' || path.dirname(folder) === folder) throw error;
    await makePath(path.dirname(folder), 'with its parents');
    return makePath(folder, 'alone');
  }
}
