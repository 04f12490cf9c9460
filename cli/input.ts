/** Turns what a person types into what the client takes. Each fault is one sentence that names the option and the rule. */
import { text } from 'node:stream/consumers';

import { printable } from '../client/safe-text.ts';
import { UserError } from '../client/user-error.ts';
import { type ErrorCode, errorCodes } from '../functions/detection/error-codes.ts';
import { InexactNumberError, parseExactJson } from '../functions/detection/exact-json.ts';
import { DetectTaskId, firstFault, Instant } from '../functions/detection/input.ts';
import { type MediaType, mediaTypes } from '../functions/detection/types.ts';
import { type Status, statuses } from '../functions/detection/types.ts';

export const refuse = (sentence: string): never => {
  throw new UserError('invalid-input', sentence);
};

const secondsIn = { s: 1, m: 60, h: 3_600 } as const;

/** `90s`, `30m`, `2h`; the bounds are checked with the rest of the input. */
export const parseDeadline = (value: string): number =>
  secondsOf(value) ?? refuse('--deadline: must be a number and a unit, such as 90s, 30m or 2h');

function secondsOf(value: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(value) ?? [];
  return count === undefined ? undefined : Number(count) * secondsIn[unit as keyof typeof secondsIn];
}

/** An instant, or how long ago it was. */
export function parseBefore(value: string, _previous?: unknown, nowMs = Date.now()): string {
  const seconds = secondsOf(value);
  if (seconds !== undefined) return new Date(nowMs - seconds * 1_000).toISOString();
  const parsed = Instant.safeParse(value);
  if (parsed.success) return parsed.data;
  return refuse(`${firstFault(parsed.error, '--before')}, or a duration such as 2h`);
}

export function parseErrorCode(value: string): ErrorCode {
  const code = value.toUpperCase();
  if (Object.hasOwn(errorCodes, code)) return code as ErrorCode;
  return refuse(`--error: must be one of ${Object.keys(errorCodes).join(', ')}`);
}

export function parseMetadata(value: string): Record<string, unknown> {
  try {
    return parseExactJson(value) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof InexactNumberError) return refuse(`--metadata: ${error.message}`);
    return refuse('--metadata: must be a JSON object');
  }
}

export const parseMediaType = (value: string): MediaType =>
  mediaTypes.find((type) => type === value) ??
  refuse(`--media-type: must be one of ${mediaTypes.join(', ')}`);

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

/** One id of the command line, or one line of standard input: an id, and behind a tab a URL. */
export interface GivenTask {
  id: string;
  mediaUrl: string | undefined;
  /** Ends a sentence: which line it is. */
  where: string;
}

/** "-" stands for the lines of standard input. All ids are checked before any is used. */
export async function readTasks(
  given: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<GivenTask[]> {
  const tasks: GivenTask[] = [];
  for (const argument of given) {
    // One by one: a call takes no more than some 100,000 arguments.
    if (argument === '-') for (const task of linesOf(await text(stdin))) tasks.push(task);
    else tasks.push({ id: argument, mediaUrl: undefined, where: '' });
  }
  if (tasks.length === 0) refuse('detect_task_id: is required');
  for (const { id, where } of tasks) {
    const fault = idFault(id);
    if (fault !== undefined) refuse(`${fault}${where}`);
  }
  return tasks;
}

/** Each id once; only the first column of standard input counts. */
export async function readIds(given: readonly string[], stdin: NodeJS.ReadableStream): Promise<string[]> {
  return [...new Set((await readTasks(given, stdin)).map(({ id }) => id))];
}

/** Whether it was meant for a URL, of any scheme: it is no file then. */
export const isUrl = (given: string): boolean => /^\s*(?:[a-z][a-z\d+.-]+:\/|data:)/i.test(given);

/** URLs and files, each once; "-" stands for the lines of standard input. */
export async function readMedia(given: readonly string[], stdin: NodeJS.ReadableStream): Promise<string[]> {
  const media = new Set<string>();
  for (const argument of given) {
    const lines =
      argument === '-' ? (await text(stdin)).split(/\r?\n/).map((line) => line.trim()) : [argument];
    // A file's name may begin with a blank.
    for (const line of lines) if (line !== '') media.add(isUrl(line) ? line.trim() : line);
  }
  return media.size === 0 ? refuse('media: a URL or a file is required') : [...media];
}

const linesOf = (input: string): GivenTask[] =>
  input.split(/\r?\n/).flatMap((line, index) => {
    const [id = '', mediaUrl] = line.trim().split(/\s*\t\s*/);
    return id === '' ? [] : [{ id, mediaUrl, where: ` (line ${index + 1} of standard input)` }];
  });

const maxShown = 70;

function idFault(id: string): string | undefined {
  if (isUrl(id)) {
    return 'detect_task_id: must be the id of a submitted task, not a URL; submit the media by detect, or start the id of a task that was submitted elsewhere';
  }
  const parsed = DetectTaskId.safeParse(id);
  if (parsed.success) return undefined;
  const shown = id.length > maxShown ? `${id.slice(0, maxShown)}…` : id;
  return `${firstFault(parsed.error, 'detect_task_id')}, not "${printable(shown)}"`;
}
