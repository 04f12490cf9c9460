/** What a machine does to a process of the command line. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { useMachine } from '../support/one-machine.ts';

/** Runs in the child process before the command does. */
const before = (code: string): string[] => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];

describe('a process of the command line', { timeout: 60_000 }, () => {
  const machine = useMachine();

  it('calls no record final whose data folder was deleted meanwhile', async () => {
    const processing = { step: 'pending', status: 'processing', times: 1_000 } as const;
    machine.simulator.submit([processing], 'deleted');
    const started = machine.start(['start', 'deleted', '--wait', '--json']);
    await machine.called('deleted');
    await rm(machine.dataFolder, { recursive: true });
    machine.simulator.submit([{ step: 'succeeded', faces: 1 }], 'deleted');
    expect(await started.ended).toMatchObject({
      code: 5,
      stdout: '',
      stderr: `FACE_POLLER_DATA: the folder was deleted or replaced while it was in use: ${machine.dataFolder}\n`,
    });
  });

  it('leaves no socket of its own when a fault ends it', async () => {
    machine.simulator.submit([{ step: 'hang' }], 'dying');
    const flags = before("process.on('SIGUSR2', () => { throw new Error('a bug'); })");
    const { child, ended } = machine.start(['start', 'dying'], { flags });
    await machine.called('dying');
    child.kill('SIGUSR2');
    expect(await ended).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('Error: a bug\n') as string,
    });
    expect((await readdir(machine.dataFolder)).filter((name) => /^c\w+\.sock$/.test(name))).toEqual([]);
  });

  it('says that its working directory is gone, where the data folder is relative to it', async () => {
    const cwd = path.join(machine.folder, 'gone');
    await mkdir(cwd);
    const flags = before(`process.chdir('${cwd}'); process.getBuiltinModule('node:fs').rmdirSync('${cwd}');`);
    const ended = await machine.start(['list'], { env: { FACE_POLLER_DATA: '' }, flags }).ended;
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
    const { code, stdout, stderr } = await machine.start(['list'], { flags }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^face-poller needs Node 24 or later, and this is Node 22\.11\.0; .*\n$/);
  });
});
