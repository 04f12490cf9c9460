/** What a person types, turned into what the client takes; each fault is one sentence naming the option and the rule. */
import { text } from 'node:stream/consumers';

import { RejectedRequestError } from '../functions/control/rejected-request.ts';
import { DetectTaskId, firstFault } from '../functions/detection/input.ts';
import { type Status, statuses } from '../functions/detection/types.ts';

const refuse = (sentence: string): never => {
  throw new RejectedRequestError('invalid', sentence);
};

const secondsIn = { s: 1, m: 60, h: 3_600 } as const;

/** `90s`, `30m`, `2h`; the bounds are checked with the rest of the input. */
export function parseDeadline(value: string): number {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(value) ?? [];
  if (count === undefined) refuse('--deadline: must be a number and a unit, such as 90s, 30m or 2h');
  return Number(count) * secondsIn[unit as keyof typeof secondsIn];
}

export function parseMetadata(value: string): Record<string, unknown> {
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    return refuse('--metadata: must be a JSON object');
  }
}

export const parseStatus = (value: string): Status =>
  statuses.find((status) => status === value) ?? refuse(`--status: must be one of ${statuses.join(', ')}`);

export function parseLimit(value: string): number {
  const limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  return limit >= 1 && limit <= 1_000 ? limit : refuse('--limit: must be a whole number from 1 to 1000');
}

export function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 65_536;
  return port <= 65_535 ? port : refuse('--port: must be a whole number from 0 to 65535');
}

/** The ids of the command line, `-` standing for one a line from standard input; all are checked before any is used. */
export async function readIds(given: readonly string[], stdin: NodeJS.ReadableStream): Promise<string[]> {
  const lines = async (): Promise<string[]> =>
    (await text(stdin)).split(/\r?\n/).filter((line) => line !== '');
  const ids = (await Promise.all(given.map(async (id) => (id === '-' ? lines() : [id])))).flat();
  if (ids.length === 0) refuse('detect_task_id: is required');
  for (const [index, id] of ids.entries()) {
    const parsed = DetectTaskId.safeParse(id);
    if (!parsed.success) {
      refuse(
        `${firstFault(parsed.error, 'detect_task_id')}${ids.length > 1 ? ` (the ${index + 1}. of ${ids.length})` : ''}`,
      );
    }
  }
  return [...new Set(ids)];
}
