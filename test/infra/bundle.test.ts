import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bundle } from '../bench/handler/bundles.ts';
import { environmentOf } from '../bench/handler/sandboxes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the bundle of the Poll function', () => {
  it.each([
    ['a secret', 'ours', 'secretsmanager', 'AmazonSSM'],
    ['a parameter', 'oursWithParameter', 'AmazonSSM', 'secretsmanager'],
  ] as const)(
    'with its key in %s has at most 470 KB, and no other store',
    async (_place, name, its, other) => {
      const { path, bytes } = await bundle(name, folder);
      expect(bytes).toBeLessThanOrEqual(470_000);
      const code = await readFile(path, 'utf8');
      expect(code).toContain(`serviceTarget:"${its}"`);
      expect(code).not.toContain(`serviceTarget:"${other}"`);
    },
  );

  it('loads neither the search for credentials nor an HTTP client of Node that it does not use', async () => {
    const { path } = await bundle('ours', folder);
    const script = `await import(${JSON.stringify(path)}); console.log(process.moduleLoadList.join());`;
    const node = ['--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, node, {
      env: environmentOf('https://127.0.0.1'),
    });
    const loaded = stdout.split(',');
    expect(loaded).toContain('NativeModule https');
    for (const name of ['internal/deps/undici/undici', 'http2', 'child_process'])
      expect(loaded).not.toContain(`NativeModule ${name}`);
  });
});
