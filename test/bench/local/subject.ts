/** `node --expose-gc subject.ts ours|bare <folder> <base URL> <key>`: one side in a process of its own, by messages. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { openBare } from './bare.ts';
import { openOurs } from './ours.ts';

export interface Subject {
  /** Runs a task to its end. */
  finish(detectTaskId: string): Promise<void>;
  /** Starts a task that will not end. */
  wait(detectTaskId: string): Promise<void>;
}

export interface Work {
  what: 'finish' | 'wait';
  detectTaskIds: string[];
  /** Tasks at a time. */
  window: number;
}

export interface Measured {
  wallMs: number;
  cpuMs: number;
  /** Bytes, after a collection. */
  heapUsed: number;
  residentBytes: number;
  /** Conditional or not: puts and updates that were sent meanwhile. */
  writes: number;
}

const [, , side, folder = '', baseUrl = '', apiKey = ''] = process.argv;

let writes = 0;
/** Every call of either side goes through here. */
const send = Reflect.get(DynamoDBClient.prototype, 'send') as (...given: unknown[]) => unknown;
Object.defineProperty(DynamoDBClient.prototype, 'send', {
  value(this: DynamoDBClient, command: object, ...rest: unknown[]) {
    if (/^(?:Put|Update)Item/.test(command.constructor.name)) writes++;
    return send.call(this, command, ...rest);
  },
});

const subject = side === 'ours' ? await openOurs(folder, { baseUrl, apiKey }) : await openBare(folder);

async function carryOut({ what, detectTaskIds, window }: Work): Promise<Measured> {
  const ids = detectTaskIds.values();
  const before = { writes, cpu: process.cpuUsage(), atMs: performance.now() };
  const worker = async (): Promise<void> => {
    for (const id of ids) await subject[what](id);
  };
  await Promise.all(Array.from({ length: window }, worker));
  const wallMs = performance.now() - before.atMs;
  const { user, system } = process.cpuUsage(before.cpu);
  return { wallMs, cpuMs: (user + system) / 1_000, writes: writes - before.writes, ...(await memory()) };
}

/** Twice, because what a finaliser frees is collected by the next one. */
async function memory(): Promise<{ heapUsed: number; residentBytes: number }> {
  for (let round = 0; round < 2; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, residentBytes: rss };
}

process.on('message', (work: Work) => void carryOut(work).then((measured) => process.send?.(measured)));
process.send?.('ready');
