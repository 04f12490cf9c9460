import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { describe, expect, it } from 'vitest';

import { joinProcesses } from '../../local/processes.ts';
import { temporaryFolder } from '../support/cli.ts';

const listening = `
  require('node:net').createServer(() => {}).listen({ path: process.argv[1], backlog: 1 }, () => console.log('listens'));
`;

describe('a process of the data folder', () => {
  it('is dead where its socket refuses or is gone, and its socket goes', async () => {
    await using folder = await temporaryFolder();
    const processes = await joinProcesses(folder.path, 'crun');
    const child = spawn(process.execPath, ['-e', listening, path.join(folder.path, 'c1dead.sock')]);
    await once(createInterface(child.stdout), 'line');
    expect(await processes.isAlive('c1dead')).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(existsSync(path.join(folder.path, 'c1dead.sock'))).toBe(true);
    const later = await joinProcesses(folder.path, 'crun');
    expect(await later.isAlive('c1dead')).toBe(false);
    expect(existsSync(path.join(folder.path, 'c1dead.sock'))).toBe(false);
    expect(await later.isAlive('c2gone')).toBe(false);
    await processes.close();
    await later.close();
  });

  it('may live where it is stopped and its queue of connections is full, and keeps its socket', async () => {
    await using folder = await temporaryFolder();
    const processes = await joinProcesses(folder.path, 'crun');
    const socketPath = path.join(folder.path, 'c3full.sock');
    const child = spawn(process.execPath, ['-e', listening, socketPath]);
    await once(createInterface(child.stdout), 'line');
    child.kill('SIGSTOP');
    const waiting = Array.from({ length: 8 }, () => net.connect(socketPath));
    const outcomes = await Promise.all(
      waiting.map(
        (socket) =>
          new Promise((resolve) => {
            socket.once('connect', () => resolve('connected'));
            socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
          }),
      ),
    );
    expect(outcomes).toContain('EAGAIN');
    expect(await processes.isAlive('c3full')).toBe(true);
    expect(existsSync(socketPath)).toBe(true);
    for (const socket of waiting) socket.destroy();
    child.kill('SIGKILL');
    await processes.close();
  });

  it('may live where this process cannot connect at all', async () => {
    await using folder = await temporaryFolder();
    const processes = await joinProcesses(folder.path, 'crun');
    await writeFile(path.join(folder.path, 'file'), '');
    // A path through a file is neither refused nor gone.
    expect(await processes.isAlive('file/c4')).toBe(true);
    await processes.close();
  });
});
