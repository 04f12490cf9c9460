/** The secret that this machine signs pushes with, where the environment gives none: made once, for this user only. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { UserError } from '../client/user-error.ts';
import { parseSecrets } from '../functions/notify/webhook/sign.ts';
import { makeDataFolder } from './data-folder.ts';

export async function ownWebhookSecrets(dataFolder: string): Promise<readonly string[]> {
  await makeDataFolder(dataFolder);
  const file = path.join(dataFolder, 'webhook-secret');
  const secret = (await readIfThere(file)) ?? (await make(file));
  try {
    return parseSecrets(secret);
  } catch {
    throw new UserError(
      'infrastructure',
      `${file}: holds no usable secret; delete the file, and the next push makes a new one`,
    );
  }
}

/** Written beside and linked: no process reads a half, and two that make one agree. */
async function make(file: string): Promise<string> {
  const fresh = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(fresh, `whsec_${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
    await link(fresh, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return readFile(file, 'utf8');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new UserError(
      'infrastructure',
      `${file}: cannot be read (${codeOf(error)}); remove it, and the next push makes a new one`,
      { cause: error },
    );
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
