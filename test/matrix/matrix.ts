/**
 * The fault matrix of docs/reliability.md, read and held to the tests: a row names a test that there is, one of them
 * on a real socket or a real store, or it says why the fault is not ours.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = 'docs/reliability.md';

export interface Row {
  section: string;
  fault: string;
  tests: { file: string; title: string }[];
  notOurs: string | undefined;
}

/** The rows between `## The fault matrix` and the next heading of that level; sections are headings below it. */
export function rowsOf(text = readFileSync(path.join(root, page), 'utf8')): Row[] {
  const [, matrix = ''] = text.split(/^## The fault matrix$/m);
  const sections = (matrix.split(/^## /m)[0] ?? '').split(/^### /m).slice(1);
  return sections.flatMap((section) => {
    const [name = ''] = section.split('\n');
    const lines = [...section.matchAll(/^\| (.*) \|$/gm)].slice(1);
    return lines.map(([, line = '']) => {
      const [fault = '', , proof = ''] = line.split(' | ');
      const tests = [...proof.matchAll(/`([^`]+\.test\.ts)` › (.+?)(?=<br>|$)/g)];
      return {
        section: name,
        fault,
        tests: tests.map(([, file = '', title = '']) => ({ file, title })),
        notOurs: /^not ours, because .{10,}/.exec(proof)?.[0],
      };
    });
  });
}

/** What is wrong with a row; nothing where it is proven. */
export function objectionsTo({ tests, notOurs }: Row): string[] {
  if (tests.length === 0) return notOurs === undefined ? ['names no test, and does not say why'] : [];
  const unknown = tests.filter(({ file, title }) => !hasTest(file, title));
  const objections = unknown.map(({ file, title }) => `there is no test "${title}" in ${file}`);
  if (unknown.length === 0 && !tests.some(({ file }) => isReal(file)))
    objections.push('none of its tests has a real socket or a real store');
  return objections;
}

/** A test file, and what of the tests it is made of; types make nothing. */
function closureOf(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file) || !file.startsWith('test/') || !existsSync(path.join(root, file))) return seen;
  const text = readFileSync(path.join(root, file), 'utf8');
  seen.set(file, text);
  for (const [, isType, specifier = ''] of text.matchAll(/^import (type )?[^;]*? from '(\.[^']+\.ts)';$/gm))
    if (isType === undefined) closureOf(path.join(path.dirname(file), specifier), seen);
  return seen;
}

/** It opens a socket or a store, or has a process of ours do so. */
function isReal(file: string): boolean {
  const real = /^import (?!type)[^;]*? from '(node:https?|node:net|node:child_process|dynalite)';$/m;
  return [...closureOf(file).values()].some((text) => real.test(text));
}

/** Comments and texts of a source, whichever begins first; a quote in one of them begins nothing. */
const token = /\/\/[^\n]*|\/\*.*?\*\/|(['"])((?:\\.|(?!\1)[^\\\n])*)\1|(`)((?:\\.|[^`\\])*)`/gs;

interface Text {
  text: string;
  /** Titles stand before a function: `it('…', async () => …)`, `it.each(…)('…', (row) => …)`. */
  isTitle: boolean;
}

function textsIn(source: string): Text[] {
  return [...source.matchAll(token)].flatMap(({ 0: whole, 2: quoted, 4: templated, index }) => {
    const text = (quoted ?? templated)?.replaceAll(/\\(.)/g, '$1');
    if (text === undefined) return [];
    const behind = source.slice(index + whole.length, index + whole.length + 40);
    return [{ text, isTitle: /^,\s*(?:async\s*)?(?:\(|function)/.test(behind) }];
  });
}

/** A title with rows is named as it is run; each part that a row puts in must be the text or number of a row. */
function hasTest(file: string, title: string): boolean {
  const closure = closureOf(file);
  const own = closure.get(file);
  if (own === undefined) return false;
  const sources = [...closure.values()];
  const words = new Set(sources.flatMap(textsIn).map(({ text }) => text));
  const isRow = (part: string): boolean =>
    words.has(part) ||
    (/^\d+$/.test(part) && sources.some((source) => new RegExp(`\\b${part}\\b`).test(source)));
  return textsIn(own).some(({ text, isTitle }) => {
    const parts = text.split(/%[sid]|"?%j"?|\$\w+/).map((part) => part.replaceAll(/[^\w\s]/g, '\\$&'));
    const match = isTitle ? new RegExp(`^${parts.join('"?(.+?)"?')}$`, 's').exec(title) : null;
    return match?.slice(1).every(isRow) ?? false;
  });
}
