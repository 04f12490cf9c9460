/** What is in the package, and what is not. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { bundleFolder } from '../../infra/bundling.ts';
import manifest from '../../package.json' with { type: 'json' };
import { root } from '../support/folders.ts';

const run = promisify(execFile);
const check = async (program: string, ...args: string[]) =>
  run(path.join(inject('checkers'), program), args, { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
const unpacked = mkdtempSync(path.join(tmpdir(), 'unpacked-'));
const contents: Map<string, string>[] = [];
beforeAll(async () => {
  for (const [index, tarball] of inject('packed').entries()) {
    const folder = path.join(unpacked, String(index));
    await run('mkdir', ['-p', folder]);
    await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1']);
    const files = globSync('**/*', { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    contents.push(new Map(files.map((file) => [path.relative(folder, file), readFileSync(file, 'utf8')])));
  }
});
afterAll(() => rm(unpacked, { recursive: true }));

const [first, second] = [(): Map<string, string> => contents[0] ?? new Map(), () => contents[1] ?? new Map()];
const digests = (files: Map<string, string>): string[][] =>
  [...files]
    .map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));

describe('the package', () => {
  it('is the same whenever it is packed, file by file and byte by byte', () => {
    expect(first().size).toBeGreaterThan(100);
    expect(digests(first())).toEqual(digests(second()));
    const [one, other] = inject('packed').map((tarball) => readFileSync(tarball));
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  });

  it('holds what runs and what is read, no test and no source', () => {
    const [tops, files] = [new Set<string>(), [...first().keys()]];
    for (const file of files) tops.add(file.split('/')[0] ?? '');
    const documents = ['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'SECURITY.md', 'docs'];
    expect([...tops].toSorted()).toEqual([...documents, 'cli', 'dist', 'package.json'].toSorted());
    expect(files.filter((file) => /\btest\b|(?<!\.d)\.ts$|\.env|\.pem$/.test(file))).toEqual([]);
  });

  it('names no folder of the machine that made it', () => {
    const places = [root, homedir(), tmpdir()].filter((place) => place.length > 1);
    for (const [file, text] of first())
      for (const place of places) expect(text.includes(`${place}/`), `${file} has ${place}`).toBe(false);
  });

  it('names no repository but the one that will publish it', () => {
    expect(manifest).not.toHaveProperty('repository');
    expect(readFileSync(path.join(root, '.github/workflows/release.yml'), 'utf8')).toMatch(
      /npm pkg set .*repository\.url=git\+\$GITHUB_SERVER_URL\/\$GITHUB_REPOSITORY\.git[^]*npm publish/,
    );
  });

  it('says so where it was packed without scripts, and so without what it runs', async () => {
    const hollow = path.join(unpacked, 'hollow');
    await run('mkdir', ['-p', path.join(hollow, 'cli')]);
    await run('cp', [path.join(root, 'cli/face-poller.js'), path.join(hollow, 'cli')]);
    const started = run(process.execPath, [path.join(hollow, 'cli/face-poller.js')]);
    const sentence = 'make the package by "npm run pack" in its repository.\n';
    const stderr = `face-poller was packed without what it runs: ${sentence}`;
    await expect(started).rejects.toMatchObject({ code: 1, stderr });
  });

  it('holds no secret', async () => {
    const secretlint = path.join(root, 'node_modules/.bin/secretlint');
    const options = ['--secretlintrc', path.join(root, '.secretlintrc.json'), '**/*'];
    expect(await run(secretlint, options, { cwd: path.join(unpacked, '0') })).toMatchObject({ stdout: '' });
  });

  it('has every function bundled, with its map, and the notices of what is in them', () => {
    const modules = globSync('**/handler.ts', { cwd: path.join(root, 'functions') });
    expect(modules.length).toBeGreaterThan(4);
    for (const module of modules)
      for (const file of ['index.mjs', 'index.mjs.map'])
        expect([...first().keys()]).toContain(`dist/functions/${bundleFolder(module)}/${file}`);
    for (const name of ['@aws-sdk/client-dynamodb', '@aws-lambda-powertools/logger', 'zod', 'ipaddr.js'])
      expect(first().get('NOTICE')).toMatch(new RegExp(`^${name} [\\d.]+ \\(`, 'm'));
  });

  it('depends on what its code imports, and on nothing else', () => {
    const imported = new Set<string>();
    for (const [file, text] of first())
      if (/^dist\/lib\/.*\.js$/.test(file) && file !== 'dist/lib/exports/webhooks.js')
        for (const [, name = ''] of text.matchAll(/(?:from|import\() ?'([^.'][^']*)'/g))
          imported.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '');
    const packages = [...imported].filter((name) => !name.startsWith('node:') && name !== manifest.name);
    const bundledAlone = ['@aws-lambda-powertools/logger', '@aws-lambda-powertools/metrics', 'esbuild'];
    const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(packages.filter((name) => !named.includes(name) && !bundledAlone.includes(name))).toEqual([]);
    expect(named.filter((name) => !packages.includes(name))).toEqual([]);
  });

  it('has nothing that publint and attw object to', async () => {
    const [tarball] = inject('packed');
    expect((await check('publint', 'run', tarball, '--strict')).stdout).toContain('All good!');
    const { stdout } = await check('attw', tarball, '--profile', 'esm-only');
    const problems = stdout.split('\n').filter((line) => /💀|❌|⚠️|👺|🥴|🚭/u.test(line));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter((line) => !line.includes('(ignored'))).toEqual([]);
  });
});
