/**
 * Which processes of this data folder are alive: each holds a socket of its own for as long as it lives, so that
 * the kernel, not a process number that may be given out again, tells who is gone.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

import { listenPrivately } from './private-socket.ts';

export interface Processes {
  /** This process. */
  id: string;
  isAlive(processId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** An answer is believed this long: a thousand executions of one process are one question. */
const believedMs = 500;

/** Who a process polls: records of the one must not be polled at the other. */
export type ProviderKind = 'crun' | 'simulator' | 'none';
const letters = { crun: 'c', simulator: 's', none: 'n' } as const satisfies Record<ProviderKind, string>;

export const providerKindOf = (processId: string): ProviderKind | undefined =>
  (Object.keys(letters) as ProviderKind[]).find((kind) => processId.startsWith(letters[kind]));

export async function joinProcesses(folder: string, kind: ProviderKind): Promise<Processes> {
  const id = `${letters[kind]}${process.pid}${randomBytes(4).toString('hex')}`;
  const socketOf = (processId: string): string => path.join(folder, `${processId}.sock`);
  const server = net.createServer((socket) => socket.destroy());
  await listenPrivately(server, socketOf(id));
  server.unref();
  const removeSocket = (): void => rmSync(socketOf(id), { force: true });
  process.once('exit', removeSocket);
  const known = new Map<string, { isAlive: Promise<boolean>; atMs: number }>();

  async function look(processId: string): Promise<boolean> {
    const isAlive = await canConnect(socketOf(processId));
    // Ids are never given out again, so what the dead leave behind can go.
    if (!isAlive) await rm(socketOf(processId), { force: true });
    return isAlive;
  }

  return {
    id,
    isAlive(processId) {
      if (processId === id) return Promise.resolve(true);
      const answer = known.get(processId);
      if (answer !== undefined && Date.now() - answer.atMs < believedMs) return answer.isAlive;
      const isAlive = look(processId);
      known.set(processId, { isAlive, atMs: Date.now() });
      return isAlive;
    },
    close() {
      process.off('exit', removeSocket);
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const canConnect = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
