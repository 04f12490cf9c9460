/**
 * Which processes of this data folder are alive: each holds a socket of its own for as long as it lives, so that
 * the kernel, and not a process number that may be used again, knows which are gone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

import { isCrun, providerName } from '../functions/crun/endpoints.ts';
import { listenPrivately } from './private-socket.ts';

export interface Processes {
  /** This process. */
  id: string;
  isAlive(processId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** An answer is reused this long: a thousand executions of one process are one question. */
const reusedMs = 500;

/** Which provider a process polls: the records of one must not be polled at another. */
export type ProviderKind = 'crun' | 'simulator' | 'none';
const letters = { crun: 'c', simulator: 's', none: 'n' } as const satisfies Record<ProviderKind, string>;

/** Which provider a process polls, by its id; another base URL is another provider. */
export const providerOf = (processId: string): string => /^o[\da-f]{8}|^./.exec(processId)?.[0] ?? '';

export const isSimulator = (processId: string): boolean => providerOf(processId) === letters.simulator;

/** Ids of processes that poll at a base URL of their own begin with a digest of it. */
const prefixOf = (kind: ProviderKind, baseUrl: string | undefined): string =>
  kind !== 'crun' || baseUrl === undefined || isCrun(baseUrl)
    ? letters[kind]
    : `o${createHash('sha256').update(providerName(baseUrl)).digest('hex').slice(0, 8)}`;

export async function joinProcesses(
  folder: string,
  kind: ProviderKind,
  baseUrl?: string,
): Promise<Processes> {
  const id = `${prefixOf(kind, baseUrl)}${process.pid}${randomBytes(4).toString('hex')}`;
  const socketOf = (processId: string): string => path.join(folder, `${processId}.sock`);
  const server = net.createServer((socket) => socket.destroy());
  await listenPrivately(server, socketOf(id));
  server.unref();
  const removeSocket = (): void => rmSync(socketOf(id), { force: true });
  process.once('exit', removeSocket);
  const known = new Map<string, { isAlive: Promise<boolean>; atMs: number }>();

  async function look(processId: string): Promise<boolean> {
    const isAlive = await mayLive(socketOf(processId));
    // Ids are never used again, so the socket file of a dead process can go.
    if (!isAlive) await rm(socketOf(processId), { force: true });
    return isAlive;
  }

  return {
    id,
    isAlive(processId) {
      if (processId === id) return Promise.resolve(true);
      const answer = known.get(processId);
      if (answer !== undefined && performance.now() - answer.atMs < reusedMs) return answer.isAlive;
      const isAlive = look(processId);
      known.set(processId, { isAlive, atMs: performance.now() });
      return isAlive;
    },
    close() {
      process.off('exit', removeSocket);
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Dead is only a process whose socket refuses, or is gone. Any other fault, such as no free descriptor here or a full
 * queue there, says nothing about it: its tasks are not taken over while it may run.
 */
const mayLive = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
