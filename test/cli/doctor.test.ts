import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startSimulator } from '../../local/simulator/simulator.ts';
import { runHere } from '../support/cli-in-process.ts';
import { temporaryFolder } from '../support/cli.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const doctor = (env: Record<string, string>) =>
  runHere(['doctor'], { env: { FACE_POLLER_DATA: path.join(folder.path, 'data'), ...env } });
const results = (stdout: string): string[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t').slice(0, 2).join(' '));

describe('doctor on one machine', { timeout: 60_000 }, () => {
  it('is content without a key: there is the simulator', async () => {
    const { code, stdout, stderr } = await doctor({});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(results(stdout)).toEqual([
      'ok data folder',
      'ok database',
      'ok open files',
      'ok webhook secret',
      'ok key',
      'ok provider',
      'skipped clock',
    ]);
  });

  it('calls the provider with the key, and reports a rejected key without printing it', async () => {
    const canary = ['canary', 'k3y', '0n-0ne'].join('-');
    await using simulator = await startSimulator({ apiKey: 'another' });
    const { code, stdout, stderr } = await doctor({ CRUN_API_KEY: canary, CRUN_BASE_URL: simulator.baseUrl });
    expect({ code, stderr }).toEqual({ code: 5, stderr: '' });
    expect(results(stdout).slice(4)).toEqual(['ok key', 'failed provider', 'ok clock', 'ok rate limit']);
    expect(stdout).toContain('refuses the key\tset CRUN_API_KEY to a valid key\n');
    expect(stdout).not.toContain(canary);
  });

  it('names a setting that cannot be used', async () => {
    const { code, stdout } = await doctor({ CRUN_API_KEY: 'two words' });
    expect(code).toBe(5);
    expect(stdout).toContain('failed\tkey\tCRUN_API_KEY: must be printable ASCII without spaces\t');
  });

  it('reports a data folder that cannot be made, instead of trying for ever', async () => {
    const { code, stdout } = await runHere(['doctor'], { env: { FACE_POLLER_DATA: '/proc/face-poller' } });
    expect(code).toBe(5);
    expect(results(stdout)).toEqual(['failed data folder']);
  });

  it('goes no further than a data folder that cannot be used', async () => {
    const file = path.join(folder.path, 'file');
    await mkdir(folder.path, { recursive: true });
    await writeFile(file, '');
    const { code, stdout } = await doctor({ FACE_POLLER_DATA: file });
    expect(code).toBe(5);
    expect(results(stdout)).toEqual(['failed data folder']);
    expect(stdout).toContain('\tchoose another folder by FACE_POLLER_DATA\n');
  });
});

describe('set-key on one machine', () => {
  it('stores nothing, and says where the key goes instead', async () => {
    expect(await runHere(['set-key'], { env: {}, stdin: 'a-key' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'FACE_POLLER_STACK: must name the deployed stack; on one machine the key is in CRUN_API_KEY, and nothing is stored\n',
    });
  });
});
