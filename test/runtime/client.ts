/** Lambda's own runtime client for Node, built from its package once a machine. */
import { execFile } from 'node:child_process';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { root } from '../support/folders.ts';

const run = promisify(execFile);

const version = '4.0.2';
const folder = path.join(root, '.cache', 'runtime', version);
const client = path.join(folder, 'node_modules', 'aws-lambda-ric', 'index.mjs');
/** The Node of the tests, with its headers beside it. */
const nodeFolder = path.dirname(path.dirname(process.execPath));

const tools = ['cmake', 'g++', 'make', 'python3', 'tar', 'xz'];
const headers = path.join(nodeFolder, 'include', 'node', 'node_api.h');

/** What the build needs and this machine lacks; nothing where the client is there already. */
export async function missingTools(): Promise<string[]> {
  if (process.platform !== 'linux') return ['Linux'];
  if (await isThere(path.join(folder, 'installed'))) return [];
  const answers = await Promise.all(
    tools.map(async (tool) => {
      const works = await run(tool, ['--version']).then(
        () => true,
        () => false,
      );
      return works ? [] : [tool];
    }),
  );
  return [...answers.flat(), ...((await isThere(headers)) ? [] : [headers])];
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Some minutes the first time. Returns the program that a sandbox runs. */
export async function installClient(): Promise<string> {
  const done = path.join(folder, 'installed');
  if (await isThere(done)) return client;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts'];
  await run('npm', [...install, `aws-lambda-ric@${version}`], {
    cwd: folder,
    env: { ...process.env, npm_config_nodedir: nodeFolder },
    maxBuffer: 64 * 1_024 ** 2,
  });
  await writeFile(done, '');
  return client;
}
