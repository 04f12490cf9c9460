/** A folder with nothing of this repository: only npm, and what it installs. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { inject } from 'vitest';

import { nodePrograms, root } from '../support/folders.ts';

interface Ended {
  code: number;
  output: string;
}

export interface Consumer {
  folder: string;
  /** Writes files by their paths. */
  write(files: Record<string, string>): Promise<void>;
  /** Runs a program, found where `npx` would find it, with this version of Node. */
  run(command: string, options?: RunOptions): Promise<Ended>;
  /** The same; throws all that was said where it fails. */
  mustRun(...given: Parameters<Consumer['run']>): Promise<string>;
  install(...packages: string[]): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface RunOptions {
  node?: 22 | 24;
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
}

/** As the platforms of these packages of npm are called. */
const node22 = `node-${process.platform}-${process.arch}@22`;

/** `manifest`: the package.json, which npm fills with what is installed. */
export async function createConsumer(
  manifest: Record<string, unknown>,
  files: Record<string, string> = {},
): Promise<Consumer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'consumer-'));
  const programs = path.join(folder, 'node_modules/.bin');
  const run: Consumer['run'] = (command, { node = 24, env = {}, stdin, cwd = folder } = {}) =>
    new Promise((resolve) => {
      const [program = '', ...args] = command.split(' ');
      const inherited = Object.entries(process.env).filter(
        ([name]) => !/^(npm_|FACE_POLLER|CRUN)/i.test(name),
      );
      // The consumer's own programs, then one Node, and nothing of the repository before the machine's.
      const search = [programs, path.join(folder, `.bin-${node}`), process.env['PATH']].join(path.delimiter);
      const settings = { ...Object.fromEntries(inherited), PATH: search, ...env };
      const child = execFile(
        'env',
        [program, ...args],
        { cwd, env: settings, maxBuffer: 1e8 },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
      );
      child.stdin?.end(stdin);
    });
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const consumer: Consumer = {
    folder,
    run,
    async write(given) {
      for (const [name, text] of Object.entries(given)) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), text);
      }
    },
    async mustRun(...given) {
      const { code, output } = await run(...given);
      if (code !== 0) throw new Error(`${given[0]} ended with ${code}:\n${output}`);
      return output;
    },
    async install(...packages) {
      const quietly = '--no-audit --no-fund --prefer-offline --ignore-scripts --loglevel=error';
      await consumer.mustRun(`npm install ${quietly} ${packages.join(' ')}`);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  await consumer.write({ 'package.json': JSON.stringify({ private: true, ...manifest }), ...files });
  await linkNode(consumer);
  return consumer;
}

/** Node alone, without the other programs of the folder that it comes from. */
async function linkNode(consumer: Consumer): Promise<void> {
  const cached = path.join(root, '.cache/node-22');
  const quietly = '--no-audit --no-fund --prefer-offline --ignore-scripts --loglevel=error';
  await consumer.mustRun(`npm install ${quietly} --prefix ${cached} ${node22}`);
  for (const [version, programs] of [
    [24, nodePrograms],
    [22, path.join(cached, 'node_modules/.bin')],
  ] as const) {
    await mkdir(path.join(consumer.folder, `.bin-${version}`));
    await consumer.mustRun(`ln -s ${programs}/node .bin-${version}/node`);
  }
}

export const tarball = (): string => inject('packed')[0];
