/** NOTICE: what others have written of the bundled code, and under which terms. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Metafile } from 'esbuild';

import { root } from './folders.ts';

interface Manifest {
  name: string;
  version: string;
  license?: string;
}

export function writeNotice(metafiles: readonly Metafile[]): void {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([file]) => file),
    ),
  );
  writeFileSync(path.join(root, 'NOTICE'), notice(packagesOf(inputs)));
}

/** The folders of the packages that the files belong to. */
const packagesOf = (files: readonly string[]): string[] =>
  [
    ...new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? [])),
  ].toSorted();

/** Packages of the same terms share them. */
function notice(folders: readonly string[]): string {
  const byTerms = Map.groupBy(folders.map(describe), ({ terms }) => terms);
  const parts = [...byTerms].map(([terms, packages]) =>
    [[...new Set(packages.map(({ title }) => title))].join('\n'), terms].join('\n\n'),
  );
  const rule = `\n\n${'-'.repeat(78)}\n\n`;
  const head =
    'face-detection-poller contains code of these packages, in dist/functions and dist/lib/exports.';
  return `${[head, ...parts].join(rule)}\n`;
}

function describe(folder: string): { title: string; terms: string } {
  const text = readFileSync(path.join(root, folder, 'package.json'), 'utf8');
  const { name, version, license } = JSON.parse(text) as Manifest;
  if (license === undefined) throw new Error(`${name}: names no license`);
  return { title: `${name} ${version} (${license})`, terms: termsIn(path.join(root, folder)) };
}

const termsIn = (folder: string): string =>
  globSync('{LICEN[SC]E,NOTICE}{,.md,.txt}', { cwd: folder })
    .toSorted()
    .map((file) =>
      readFileSync(path.join(folder, file), 'utf8')
        .replaceAll(/[ \t]*\r?\n/g, '\n')
        .trim(),
    )
    .join('\n\n');
