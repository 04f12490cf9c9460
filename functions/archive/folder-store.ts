/** Pictures in a folder, for this user only. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { PictureStore } from './store.ts';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** `folder` holds the keys as paths. */
export function folderStore(folder: string): PictureStore {
  const fileOf = (key: string): string => path.join(folder, key);
  return {
    async put(key, bytes) {
      const file = fileOf(key);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      // A process that dies in between leaves no half of a picture under its key.
      const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
      await writeFile(unfinished, bytes, { mode: 0o600 });
      await rename(unfinished, file);
    },
    async read(key) {
      try {
        return await readFile(fileOf(key));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async delete(keys) {
      for (const key of keys) await rm(fileOf(key), { force: true });
    },
    async deleteUnder(prefix) {
      await rm(fileOf(prefix), { recursive: true, force: true, maxRetries: 3 });
      // The task's own folder, if that was the last of it.
      await rmdir(path.dirname(fileOf(prefix))).catch(() => {});
    },
    locate: async (key) => ({ file: fileOf(key) }),
  };
}
