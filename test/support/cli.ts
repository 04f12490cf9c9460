/** The command line as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import type { Detection } from '../../functions/detection/fields.ts';

const main = fileURLToPath(new URL('../../cli/face-poller.js', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as JSON lines. */
  records: () => Detection[];
}

export const endedWith = (ended: Omit<Ended, 'records'>): Ended => ({
  ...ended,
  records: () =>
    ended.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Detection),
});

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
}

export interface CliOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** For Node itself. */
  flags?: string[];
}

/** Nothing of the caller's environment that the command line reads gets in. */
export function startCli(args: readonly string[], options: CliOptions = {}): Running {
  const {
    CRUN_API_KEY: _k,
    CRUN_BASE_URL: _u,
    CRUN_EXPERIMENTAL_VIDEO: _v,
    FACE_POLLER_DATA: _d,
    FACE_POLLER_STACK: _s,
    FACE_POLLER_PREFIX: _p,
    FACE_POLLER_WEBHOOK_SECRET: _w,
    FACE_POLLER_LOOPBACK_CALLBACKS: _l,
    ...inherited
  } = process.env;
  const flags = ['--max-semi-space-size=4', ...(options.flags ?? [])];
  const child = spawn(process.execPath, [...flags, main, ...args], {
    env: { ...inherited, ...options.env },
  });
  child.stdin.end(options.stdin ?? '');
  const ended = (async (): Promise<Ended> => {
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.on('close', resolve)),
    ]);
    return endedWith({ code, stdout, stderr });
  })();
  return { child, ended };
}

export const runCli = (args: readonly string[], options?: CliOptions): Promise<Ended> =>
  startCli(args, options).ended;

export async function temporaryFolder(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-poller-'));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The first line that a process writes. */
export const firstLine = ({ child }: Running, to: 'stdout' | 'stderr' = 'stdout'): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    child[to]?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve(said.split('\n')[0] ?? '');
    });
    child.on('close', () => reject(new Error(`ended without a word: ${said}`)));
  });
