/** A third party's server, in a process of its own on a port of the loopback interface. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Server {
  endpoint: string;
  close: () => Promise<void>;
}

const startMs = 60_000;

/** Waits until it answers. Its standard input closes when this process ends, however that ends. */
export async function startServer(
  name: string,
  port: number,
  program: string,
  options: { args: readonly string[]; cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Server> {
  const endpoint = `http://127.0.0.1:${port}`;
  const { args, ...rest } = options;
  const child = spawn(program, args, { ...rest, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const deadline = Date.now() + startMs;
  while (!(await fetch(endpoint).catch(() => undefined))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      kill();
      throw new Error(`${name} does not start.`);
    }
    await sleep(100);
  }
  return {
    endpoint,
    async close() {
      kill();
      await ended;
      process.off('exit', kill);
    },
  };
}
