/** The secret that this machine signs with, where nobody gives one: made once, and for this user only. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { parseSecrets } from '../functions/notify/webhook/sign.ts';

const webhookSecretFile = (dataFolder: string): string => path.join(dataFolder, 'webhook-secret');

export async function ownWebhookSecrets(dataFolder: string): Promise<readonly string[]> {
  const file = webhookSecretFile(dataFolder);
  const fresh = `whsec_${randomBytes(24).toString('base64')}\n`;
  try {
    await writeFile(file, fresh, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return parseSecrets(await readFile(file, 'utf8'));
}
