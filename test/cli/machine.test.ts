/** What a machine does to a process of the command line. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { runCli, startCli, temporaryFolder } from '../support/cli.ts';

const apiKey = 'a-key-of-the-tests';
/** Runs in the child process before the command does. */
const before = (code: string): string[] => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];

describe('a process of the command line', { timeout: 60_000 }, () => {
  let simulator: Simulator;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let data: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    simulator = await startSimulator({ apiKey });
  });
  afterAll(() => simulator.close());
  beforeEach(async () => {
    folder = await temporaryFolder();
    data = path.join(folder.path, 'data');
    env = { CRUN_BASE_URL: simulator.baseUrl, CRUN_API_KEY: apiKey, FACE_POLLER_DATA: data };
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it('calls no record final whose data folder was deleted meanwhile', async () => {
    const processing = { step: 'pending', status: 'processing', times: 1_000 } as const;
    simulator.submit([processing], 'deleted');
    const started = startCli(['start', 'deleted', '--wait', '--json'], { env });
    while (simulator.requestsFor('deleted').length === 0) await new Promise((done) => setTimeout(done, 20));
    await rm(data, { recursive: true });
    simulator.submit([{ step: 'succeeded', faces: 1 }], 'deleted');
    expect(await started.ended).toMatchObject({
      code: 5,
      stdout: '',
      stderr: `FACE_POLLER_DATA: the folder was deleted or replaced while it was in use: ${data}\n`,
    });
  });

  it('leaves no socket of its own when a fault ends it', async () => {
    simulator.submit([{ step: 'hang' }], 'dying');
    const flags = before("process.on('SIGUSR2', () => { throw new Error('a bug'); })");
    const { child, ended } = startCli(['start', 'dying'], { env, flags });
    while (simulator.requestsFor('dying').length === 0) await new Promise((done) => setTimeout(done, 20));
    child.kill('SIGUSR2');
    expect(await ended).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('Error: a bug\n') as string,
    });
    expect((await readdir(data)).filter((name) => /^c\w+\.sock$/.test(name))).toEqual([]);
  });

  it('says that its working directory is gone, where the data folder is relative to it', async () => {
    const cwd = path.join(folder.path, 'gone');
    await mkdir(cwd);
    const flags = before(`process.chdir('${cwd}'); process.getBuiltinModule('node:fs').rmdirSync('${cwd}');`);
    const ended = await runCli(['list'], { env: { FACE_POLLER_DATA: '' }, flags });
    expect(ended).toMatchObject({
      code: 5,
      stderr:
        'FACE_POLLER_DATA: the working directory no longer exists; change to another one, or name an absolute path\n',
    });
  });

  it('needs Node 24, and says so before it loads anything', async () => {
    const flags = before(
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.11.0' } })",
    );
    const { code, stdout, stderr } = await runCli(['list'], { env, flags });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^face-poller needs Node 24 or later, and this is Node 22\.11\.0; .*\n$/);
  });
});
