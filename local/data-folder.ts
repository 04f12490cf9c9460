/** The folder of everything that one machine keeps: made for this user only. */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { dataFolderError } from './private-socket.ts';

/** Throws a `UserError` where it cannot be made. */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await makePath(folder, 'with its parents');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw dataFolderError(`the folder cannot be made (${code}): ${folder}`, error);
  }
}

/** As `mkdir -p`; Node's own never returns where a folder cannot hold another, as below /proc. */
async function makePath(folder: string, how: 'with its parents' | 'alone'): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || how === 'alone' || path.dirname(folder) === folder) throw error;
    await makePath(path.dirname(folder), 'with its parents');
    await makePath(folder, 'alone');
  }
}
