/** MiniStack, an emulator of AWS: one process on one port of the loopback interface, functions as real Node processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { cacheFolder, nodePrograms } from './folders.ts';
import { pythonPrograms } from './python.ts';

const startMs = 30_000;

export interface Emulator {
  endpoint: string;
  /** Ends it with everything that it started. */
  close(): Promise<void>;
}

/**
 * `temporary` takes what it unpacks; what it says goes to `.cache/deploy/emulator.log`. `settings` are variables of its
 * environment, in the place of those here.
 */
export async function startEmulator(
  temporary: string,
  settings: Record<string, string> = {},
): Promise<Emulator> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const log = await open(path.join(cacheFolder, 'emulator.log'), 'w');
  const child = spawn(path.join(pythonPrograms, 'python'), [path.join(import.meta.dirname, 'emulator.py')], {
    // It ends when this pipe closes, however this process ends.
    stdio: ['pipe', log.fd, log.fd],
    // The leader of a group: the functions' processes end with it.
    detached: true,
    env: {
      PATH: [nodePrograms, process.env['PATH']].join(path.delimiter),
      HOME: temporary,
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      // Every call is signed and every role is held to its policies, as at AWS.
      AUTH: 'true',
      ...settings,
    },
  });
  await log.close();
  const ended = once(child, 'exit');
  try {
    await answering(endpoint, () => child.exitCode !== null);
  } catch (error) {
    child.stdin?.destroy();
    throw error;
  }
  return {
    endpoint,
    async close() {
      child.stdin?.destroy();
      await ended;
    },
  };
}

async function answering(endpoint: string, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + startMs;
  while (!hasEnded() && Date.now() < deadline) {
    const response = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(100);
  }
  throw new Error('The emulator does not start: see .cache/deploy/emulator.log.');
}

/** A port of the loopback interface without a listener. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
