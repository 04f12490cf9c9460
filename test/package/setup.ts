/** Packs twice, as a release would; every test installs the first. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import type { TestProject } from 'vitest/node';

import { checkers, fetchCheckers } from '../../tools/reference/write.ts';
import { root } from '../support/folders.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The two tarballs. */
    packed: [string, string];
    /** The programs that check a package. */
    checkers: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'packed-'));
  const packed = [];
  for (const name of ['first', 'second']) {
    const destination = path.join(folder, name);
    await mkdir(destination);
    const pack = ['run', 'pack', '--', '--pack-destination', destination];
    await promisify(execFile)('npm', pack, { cwd: root });
    packed.push(path.join(destination, 'face-detection-poller-0.2.0.tgz'));
  }
  await fetchCheckers();
  project.provide('packed', packed as [string, string]);
  project.provide('checkers', path.join(checkers, 'node_modules/.bin'));
  return () => rm(folder, { recursive: true });
}
