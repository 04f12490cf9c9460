import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Simulator } from '../../../local/simulator/simulator.ts';
import type { Measured, Work } from './subject.ts';

export interface Side {
  do(work: Work): Promise<Measured>;
  close(): Promise<void>;
}

/** One side in a process and a data folder of its own. */
export async function openSide(name: 'ours' | 'bare', simulator: Simulator): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-local-'));
  const args = [name, folder, simulator.baseUrl, simulator.apiKey];
  const child = fork(join(import.meta.dirname, 'subject.ts'), args, {
    execArgv: ['--expose-gc', '--max-semi-space-size=4'],
  });
  let answer = Promise.withResolvers<Measured>();
  const ready = answer.promise;
  child.on('message', (message) => answer.resolve(message as Measured));
  child.on('exit', (code) => answer.reject(new Error(`the process of ${name} ended with ${code}`)));
  await ready;
  return {
    do(work) {
      answer = Promise.withResolvers();
      child.send(work);
      return answer.promise;
    },
    async close() {
      // Its end is meant; what waits in it ends with it.
      answer.promise.catch(() => {});
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
