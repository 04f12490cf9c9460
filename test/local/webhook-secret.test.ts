import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { ownWebhookSecrets } from '../../local/webhook-secret.ts';
import { runHere } from '../support/cli-in-process.ts';
import { temporaryFolder } from '../support/cli.ts';

describe('the webhook secret of one machine', () => {
  it('is made once and whole, for this user only, also by several at a time', async () => {
    await using folder = await temporaryFolder();
    const data = path.join(folder.path, 'data');
    const made = await Promise.all(Array.from({ length: 5 }, () => ownWebhookSecrets(data)));
    const file = path.join(data, 'webhook-secret');
    expect(new Set(made.flat())).toEqual(new Set([(await readFile(file, 'utf8')).trim()]));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(data)).toSorted()).toEqual(['.gitignore', 'webhook-secret']);
  });

  it.each(['', 'whsec_short\n'])(
    'that cannot be used (%j) is named by its file, not by its text',
    async (text) => {
      await using folder = await temporaryFolder();
      const file = path.join(folder.path, 'webhook-secret');
      await mkdir(folder.path, { recursive: true });
      await writeFile(file, text);
      await expect(ownWebhookSecrets(folder.path)).rejects.toThrow(
        `${file}: holds no usable secret; delete the file, and the next push makes a new one`,
      );
    },
  );

  it('that is no file is named, by its own sentence, where it is made and where it is printed', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'webhook-secret');
    await mkdir(file, { recursive: true });
    const sentence = `${file}: cannot be read (EISDIR); remove it, and the next push makes a new one`;
    await expect(ownWebhookSecrets(folder.path)).rejects.toThrow(sentence);
    const printed = await runHere(['listen', '--print-secret'], { env: { FACE_POLLER_DATA: folder.path } });
    expect(printed).toMatchObject({ code: 5, stdout: '', stderr: `${sentence}\n` });
  });

  it('is the one that listen prints, unless the environment has another', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    const env = { FACE_POLLER_DATA: folder.path };
    const printed = await runHere(['listen', '--print-secret'], { env });
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect([printed.stdout.trim()]).toEqual(await ownWebhookSecrets(folder.path));
    const FACE_POLLER_WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 'x').toString('base64')}`;
    const given = await runHere(['listen', '--print-secret'], {
      env: { ...env, FACE_POLLER_WEBHOOK_SECRET },
    });
    expect(given.stdout).toBe(`${FACE_POLLER_WEBHOOK_SECRET}\n`);
  });
});
