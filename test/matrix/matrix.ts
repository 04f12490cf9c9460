/**
 * The fault matrix, held to the tests: every row names a test that exists, and one of its tests uses a real socket or a
 * real store, unless the fault is not ours.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** By section, outcome and fault: the tests, by file below `test/` without `.test.ts`, and title. */
type Faults = Record<string, Record<string, Record<string, readonly string[]>>>;
const faults = JSON.parse(readFileSync(new URL('faults.json', import.meta.url), 'utf8')) as Faults;

/** A fault that is not ours has no test, and its outcome says why. */
export const notOurs = 'not ours: ';

export interface Row {
  section: string;
  outcome: string;
  fault: string;
  tests: { file: string; title: string }[];
}

const testOf = (name: string): Row['tests'][number] => {
  const [file = '', title = ''] = name.split(' › ');
  return { file: `test/${file}.test.ts`, title };
};

export const rows: readonly Row[] = Object.entries(faults).flatMap(([section, outcomes]) =>
  Object.entries(outcomes).flatMap(([outcome, names]) =>
    Object.entries(names).map(([fault, tests]) => ({ section, outcome, fault, tests: tests.map(testOf) })),
  ),
);

export const pageFile = path.join(root, 'docs/fault-matrix.md');

/** The page: faults of one outcome in one line, each linked to its first test. */
export function pageOf(of: readonly Row[] = rows): string {
  const linked = ({ fault, tests: [test] }: Row): string =>
    test === undefined ? fault : `[${fault}](../${test.file})`;
  const sections = [...Map.groupBy(of, ({ section }) => section)].map(([section, inIt]) => {
    const lines = [...Map.groupBy(inIt, ({ outcome }) => outcome)].map(
      ([outcome, alike]) => `- **${outcome}**: ${alike.map(linked).join('; ')}`,
    );
    return `## ${section}\n\n${lines.join('\n')}\n`;
  });
  return `# Fault matrix

What happens on each fault; [the design](design.md#the-provider) defines the outcomes. Each link leads to a test of that fault; \`test/matrix/faults.json\` names all tests. \`npm run matrix\` generates this page.

${sections.join('\n')}`;
}

/** What is wrong with a row; nothing if it is proven. */
export function objectionsTo({ outcome, tests }: Pick<Row, 'outcome' | 'tests'>): string[] {
  if (tests.length === 0) return outcome.startsWith(notOurs) ? [] : ['names no test, and does not say why'];
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
  const real =
    /^import (?!type)[^;]*? from '(node:https?|node:net|node:child_process|dynalite|[./]+\/local\/testing\/in-process\.ts)';$/m;
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
