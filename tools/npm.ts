/** Packages from npm that only a proof needs: in a folder of their own, so that no `npm ci` of the project loads them. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Installs what a folder's lockfile names, or finds it installed. No script of a package runs. */
export async function installPackages(manifests: string, environment: string): Promise<void> {
  // Written last, so that an interrupted install is not taken for a whole one.
  const marker = path.join(environment, 'installed.json');
  const wanted = await readFile(path.join(manifests, 'package-lock.json'), 'utf8');
  if ((await readFile(marker, 'utf8').catch(() => undefined)) === wanted) return;
  await rm(environment, { recursive: true, force: true });
  await mkdir(environment, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    await copyFile(path.join(manifests, file), path.join(environment, file));
  const quietly = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  await run('npm', ['ci', ...quietly], { cwd: environment });
  await writeFile(marker, wanted);
}
