import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { uploadFile } from '../../../client/upload.ts';
import { fixedKey } from '../../../functions/api-key/reader.ts';
import { createCrunClient } from '../../../functions/crun/client.ts';
import { createPrepareUpload } from '../../../functions/submit/submitter.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { temporaryFolder } from '../../support/cli.ts';
import { httpServer, unusedPort } from '../../support/servers.ts';

const apiKey = 'key-of-the-uploads';
let simulator: Simulator;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey });
  folder = await temporaryFolder();
});
afterEach(async () => {
  await simulator.close();
  await folder[Symbol.asyncDispose]();
});

const prepareBy = (key: string) =>
  createPrepareUpload({ crun: createCrunClient(simulator), apiKey: fixedKey(key) });
const fileNamed = async (name: string, text: string): Promise<string> => {
  const file = path.join(folder.path, name);
  await writeFile(file, text);
  return file;
};
const notPrepared = async (): Promise<never> => Promise.reject(new Error('an address was asked for'));

const to = (origin: string) => async () => ({
  presigned_url: `${origin}/a.png?signature=secret`,
  file_url: `${origin}/a.png`,
});

describe('an upload', () => {
  it('puts the bytes at the presigned address, with progress, and tells what they are', async () => {
    const file = await fileNamed('Group.JPEG', 'x'.repeat(200_000));
    const progress: number[] = [];
    const uploaded = await uploadFile(file, prepareBy(apiKey), {
      onProgress: (sent, total) => progress.push(sent / total),
    });
    expect(simulator.uploads).toMatchObject([
      { fileUrl: uploaded.media_url, contentType: 'image/jpeg', bytes: 200_000 },
    ]);
    expect(uploaded.media_type).toBe('image');
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.at(-1)).toBe(1);
    const bytes = { name: 'other.jpg', bytes: Buffer.alloc(200_000, 'x') };
    expect((await uploadFile(bytes, prepareBy(apiKey))).media_sha256).toBe(uploaded.media_sha256);
  });

  it.each([
    ['portrait.tiff', 'x', /^portrait\.tiff: must end with one of \.jpg, .*\.webm$/],
    ['empty.png', '', 'empty.png: must have 1 byte to 100 MB'],
  ])('of %s is rejected before anything is asked for', async (name, text, sentence) => {
    await expect(uploadFile(await fileNamed(name, text), notPrepared)).rejects.toThrow(sentence);
  });

  it('of what is no file, or too large, is rejected', async () => {
    const large = await fileNamed('large.mp4', 'x');
    await truncate(large, 100 * 1_024 * 1_024 + 1);
    await expect(uploadFile(large, notPrepared)).rejects.toThrow('large.mp4: must have 1 byte to 100 MB');
    const missing = path.join(folder.path, 'missing.png');
    await expect(uploadFile(missing, notPrepared)).rejects.toThrow('missing.png: cannot be read (ENOENT)');
  });

  it('that the provider does not prepare submits nothing', async () => {
    const file = await fileNamed('a.png', 'x');
    await expect(uploadFile(file, prepareBy('another'))).rejects.toThrow(
      'Nothing was submitted; submit again (the provider prepared no upload: code 401).',
    );
    expect(simulator.uploads).toEqual([]);
  });

  it('that fails is one sentence without the address', async () => {
    const file = await fileNamed('a.png', 'x');
    await using refusing = await httpServer((request, response) => {
      request.resume();
      response.writeHead(403).end();
    });
    await expect(uploadFile(file, to(refusing.baseUrl))).rejects.toThrow(
      /^a\.png: the upload was answered with HTTP 403; nothing was submitted$/,
    );
    await expect(uploadFile(file, to(`http://127.0.0.1:${await unusedPort()}`))).rejects.toThrow(
      /^a\.png: the upload failed \(ECONNREFUSED\); nothing was submitted$/,
    );
  });

  it('ends where it is interrupted', async () => {
    const file = await fileNamed('a.png', 'x');
    await using silent = await httpServer(() => {});
    const controller = new AbortController();
    const prepare = async () => ({ presigned_url: `${silent.baseUrl}/a.png`, file_url: silent.baseUrl });
    const uploading = uploadFile(file, prepare, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('interrupted')),
    });
    await expect(uploading).rejects.toThrow('interrupted');
  });
});
