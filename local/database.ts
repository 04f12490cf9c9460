/**
 * The embedded database: dynalite on a folder. Its first opener speaks to it in-process and serves it to others on a
 * Unix socket in that folder, never on TCP, where any web page could read it. The process with the folder's lock owns
 * the socket; when it leaves or dies, the next process that notices takes the lock, the socket and the database over.
 */
import { statSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ClassicLevel } from 'classic-level';
import dynalite from 'dynalite';

import { makeDataFolder } from './data-folder.ts';
import { damageOf, lossOf } from './database-damage.ts';
import {
  callDirectly,
  embeddedConfig,
  handleInProcess,
  type Request,
  withoutUnreadHeaders,
} from './in-process.ts';
import { dataFolderError, listenPrivately } from './private-socket.ts';
import { isStopped } from './stopped-process.ts';
import { createTable } from './table.ts';

export interface Database {
  client: DynamoDBClient;
  /** Whether this process serves the database at the moment. */
  isOwner(): boolean;
  /** What was lost to a damaged file, in one sentence; nothing where this process found no damage. */
  loss: () => string | undefined;
  /** Rejects when the folder is gone: nothing that is written is kept any more. */
  broken: Promise<never>;
  close(): Promise<void>;
}

/** How long a call looks for a living owner, from when it lost one, before it says that there is none. */
const patienceMs = 15_000;

interface Patience {
  /** By default 15 s. */
  patienceMs?: number;
  /** After so long without an answer a call looks whether the owner is stopped. */
  stallMs?: number;
  /** One request, counted from when it is made: of a thousand at a time most wait for a free connection first. */
  requestMs?: number;
  now?: () => number;
}

/** An owner that is alive and busy is asked again for so long. */
const busyMs = 5 * 60_000;
const retryMs = 25;
/** Requests still under way when the owner leaves get this long. */
const shutdownGraceMs = 2_000;

export async function openDatabase(
  folder: string,
  { stallMs = 5_000, requestMs = 30_000, now = () => performance.now(), ...options }: Patience = {},
): Promise<Database> {
  await makeDataFolder(folder);
  const socketPath = path.join(folder, 'db.sock');
  // Node's own agent takes it from here into every connection; its types do not say so.
  const agentOptions = { keepAlive: true, maxSockets: 32, socketPath };
  const agent = new http.Agent(agentOptions);
  const inner = new NodeHttpHandler({
    httpAgent: agent,
    connectionTimeout: requestMs,
    requestTimeout: requestMs,
    throwOnRequestTimeout: true,
  });

  let owned: { server: dynalite.Server; lock: ClassicLevel } | undefined;
  let loss: string | undefined;
  let opening: Promise<void> | undefined;
  let isClosed = false;
  const { promise: broken, reject: breakDown } = Promise.withResolvers<never>();
  broken.catch(() => {});

  /** Takes the ownership where no process has it. */
  async function tryToOwn(): Promise<void> {
    if (owned !== undefined || isClosed) return;
    const lock = new ClassicLevel(lockFolder);
    if (!(await opens(lock))) return;
    const database = path.join(folder, 'database');
    const damage = await damageOf(database);
    if (damage !== undefined) {
      await lock.close();
      throw dataFolderError(damage);
    }
    // A dying owner's database may close a moment after its lock; dynalite itself would not survive that.
    const probe = new ClassicLevel(database);
    if (!(await opens(probe))) return lock.close();
    loss ??= await lossOf(database);
    // Also in a folder that was there before and lets other users in.
    await chmod(database, 0o700);
    await probe.close();
    const server = dynalite({ path: database, createTableMs: 0 });
    await rm(socketPath, { force: true });
    await writeFile(ownerFile, String(process.pid), { mode: 0o600 });
    await listenPrivately(server, socketPath);
    server.unref();
    owned = { server, lock };
  }

  const lockFolder = path.join(folder, 'lock');
  /** Names the owner in a sentence; the lock alone decides. */
  const ownerFile = path.join(folder, 'owner');

  /** Its answer, unless the owner is stopped meanwhile. */
  async function untilStopped<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const stopped = new Promise<never>((_, reject) => {
      const look = async (): Promise<void> => {
        const pid = Number(await readFile(ownerFile, 'utf8').catch(() => ''));
        if (pid > 0 && (await isStopped(pid))) {
          const who = `process ${pid}, which serves the database in ${folder}, is stopped`;
          reject(dataFolderError(`${who}; continue it (kill -CONT ${pid}), or end it`));
        } else timer?.refresh();
      };
      timer = setTimeout(() => void look(), stallMs).unref();
    });
    try {
      return await Promise.race([answer, stopped]);
    } finally {
      clearTimeout(timer);
      timer = undefined;
    }
  }

  const ensureOwner = (): Promise<void> => {
    opening ??= tryToOwn().finally(() => {
      opening = undefined;
    });
    return opening;
  };

  /** Calls of this process to its own database; those of others are on connections. */
  const ownCalls = new Set<Promise<unknown>>();

  async function callOwn(server: dynalite.Server, request: Request) {
    const call = handleInProcess(server, request);
    ownCalls.add(call);
    try {
      return await call;
    } finally {
      ownCalls.delete(call);
      checkFolder();
    }
  }

  /** What was written goes with the folder: a record is final only while it is there. */
  function checkFolder(): void {
    if (inodeOf(lockFolder) === ownInode) return;
    const error = dataFolderError(`the folder was deleted or replaced while it was in use: ${folder}`);
    breakDown(error);
    throw error;
  }

  /** Every call outlives a change of owner: all our writes are conditional, so sending one again is harmless. */
  class TakingOver {
    readonly metadata = { handlerProtocol: 'http/1.1' };

    async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
      const begunMs = now();
      let lostAtMs: number | undefined;
      for (;;) {
        try {
          const answer = await untilStopped(inner.handle(...call));
          checkFolder();
          return answer;
        } catch (error) {
          if (isTimeOut(error) && now() - begunMs < busyMs) continue;
          if (!isDisconnection(error)) throw error;
          lostAtMs ??= now();
          if (now() - lostAtMs > (options.patienceMs ?? patienceMs))
            throw dataFolderError(`no process serves the database in ${folder}`);
          await ensureOwner();
          await new Promise((resolve) => setTimeout(resolve, retryMs));
        }
      }
    }

    updateHttpClientConfig(): void {}
    httpHandlerConfigs(): object {
      return {};
    }
  }

  const client = new DynamoDBClient({
    ...embeddedConfig,
    endpoint: 'http://face-poller.local',
    requestHandler: new TakingOver(),
  });

  withoutUnreadHeaders(client);
  callDirectly(client, () => {
    const server = owned?.server;
    return server === undefined || isClosed ? undefined : (request) => callOwn(server, request);
  });

  await ensureOwner();
  const ownInode = inodeOf(lockFolder);
  await createTable(client);
  return {
    client,
    isOwner: () => owned !== undefined,
    loss: () => loss,
    broken,
    async close() {
      isClosed = true;
      await opening;
      client.destroy();
      if (owned === undefined) return;
      const { server, lock } = owned;
      // The socket goes first, so that no process connects any more; the lock goes last.
      await rm(socketPath, { force: true });
      await Promise.allSettled(ownCalls);
      const isDone = new Promise<void>((resolve) => server.close(() => resolve()));
      setTimeout(() => server.closeAllConnections(), shutdownGraceMs).unref();
      await isDone;
      await lock.close();
      owned = undefined;
    },
  };
}

/** Tells one folder from another of the same name; nothing where there is none. */
const inodeOf = (folder: string): bigint | undefined =>
  statSync(folder, { bigint: true, throwIfNoEntry: false })?.ino;

/** False where another process has it open. */
async function opens(level: ClassicLevel): Promise<boolean> {
  try {
    await level.open();
    return true;
  } catch (error) {
    const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
    if (cause?.code === 'LEVEL_LOCKED') return false;
    throw dataFolderError(`the database cannot be opened (${cause?.message ?? String(error)})`, {
      cause: error,
    });
  }
}

const isTimeOut = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** `EAGAIN`: the owner's queue of connections is full. */
const isDisconnection = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['EAGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(String(error.code));
