/** TypeDoc with its own compiler: that of the project has no programming interface yet. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { lib, root } from '../build/folders.ts';
import { installPackages } from '../npm.ts';

/** TypeDoc, and what checks the package; fetched for these proofs alone. */
export const checkers = path.join(root, '.cache/package-checkers');

export const fetchCheckers = (): Promise<void> =>
  installPackages(path.join(import.meta.dirname, 'npm'), checkers);

/** A declaration in TypeDoc's model. */
export interface Reflection {
  name: string;
  kind: number;
  children?: Reflection[];
  flags?: { isOptional?: boolean };
  comment?: { summary: { text: string }[]; blockTags?: { tag: string; content: { text: string }[] }[] };
  /** In the model's own form, which names every type in it. */
  type?: unknown;
}

/** A page for each export; and what it was written from, as TypeDoc read it. */
export async function writeReference(folder: string): Promise<Reflection> {
  const entryPoints = globSync('exports/*.d.ts', { cwd: lib }).toSorted();
  if (entryPoints.length === 0) throw new Error('dist: there are no declarations; run npm run build first');
  await fetchCheckers();
  // The compiler finds the packages of the declarations from here upwards.
  const own = await mkdtemp(path.join(root, '.cache/reference-'));
  try {
    const files = entryPoints.map((file) => path.join(lib, file));
    const compilerOptions = { module: 'nodenext', target: 'es2024', types: ['node'], strict: true };
    const lines = { lib: ['es2024', 'esnext.disposable'], skipLibCheck: true, noEmit: true };
    const tsconfig = path.join(own, 'tsconfig.json');
    await writeFile(tsconfig, JSON.stringify({ compilerOptions: { ...compilerOptions, ...lines }, files }));
    const model = path.join(own, 'model.json');
    const outputs = [
      { name: 'markdown', path: folder },
      { name: 'json', path: model },
    ];
    const options = path.join(own, 'typedoc.json');
    await writeFile(options, JSON.stringify({ ...style, entryPoints: files, tsconfig, outputs }));
    const typedoc = path.join(checkers, 'node_modules/.bin/typedoc');
    await promisify(execFile)(typedoc, ['--options', options], { cwd: checkers });
    return JSON.parse(readFileSync(model, 'utf8')) as Reflection;
  } finally {
    await rm(own, { recursive: true });
  }
}

const tables = [
  'parameters',
  'interfaceProperties',
  'classProperties',
  'typeAliasProperties',
  'propertyMembers',
];

const style = {
  name: 'face-detection-poller',
  plugin: ['typedoc-plugin-markdown'],
  router: 'module',
  readme: 'none',
  disableSources: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  excludeExternals: true,
  sort: ['source-order'],
  // Types that an export names without exporting them.
  validation: { notExported: false },
  ...Object.fromEntries(tables.map((name) => [`${name}Format`, 'table'])),
};
