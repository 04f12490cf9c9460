/** What holds for every document: links, names of files, length and words. */
import { existsSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  anchorsOf,
  filesIn,
  matches,
  namesInList,
  pages,
  proseOf,
  read,
  root,
  section,
  wordsIn,
} from './pages.ts';

const readme = read('README.md');
const commandLine = read('docs/command-line.md');
const verbsAndOptions = new Set(
  ['Verbs', 'Options']
    .flatMap((heading) => namesInList(section(commandLine, heading)))
    .map((name) => name.split(' ')[0] ?? ''),
);

describe('every document', () => {
  it.each(pages)('links only to existing files and headings: %s', (page) => {
    const links = matches(read(page), /\]\(([^)\s]+)\)/g).filter((link) => !link.includes('://'));
    const missing = links.filter((link) => {
      const [target = '', anchor] = link.split('#');
      const file = target === '' ? page : path.join(path.dirname(page), target);
      if (!existsSync(path.join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file)).has(anchor);
    });
    expect(missing).toEqual([]);
  });

  it.each(pages.filter((page) => page !== 'CHANGELOG.md'))('names only existing files: %s', (page) => {
    const folders = 'functions|infra|client|cli|local|tools|test|docs';
    const files = matches(read(page), new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'g'));
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it.each(pages)('names only existing commands: %s', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = matches(read(page), /npm run (?:-s )?([\w:-]+)/g);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(pages)('calls only verbs and options that the command line has: %s', (page) => {
    const calls = matches(read(page), /(?:npm start(?: --silent)? --|face-poller) ([a-z][^\n`#|)"]*)/g);
    const words = calls.flatMap((call) => matches(call, /(^[a-z][\w-]*|(?<= )--[a-z-]+)/g));
    expect(words.filter((word) => !verbsAndOptions.has(word))).toEqual([]);
  });

  it.each(pages)('stands alone: %s', (page) => {
    expect(read(page)).not.toMatch(/\/work\b|\bshared\/|issue #/i);
  });
});

/** The provider states it of the `detect_id` alone. */
const lifeOfLinks = /\blinks?\b[^.|\n]*\b(?:usable|valid|live|expire)[a-z]*\b[^.|\n]*\b(?:hours?|days?)\b/i;

describe('how long links live', () => {
  it.each(pages)('is said nowhere: %s', (page) => {
    expect('The links are usable for about an hour.').toMatch(lifeOfLinks);
    expect(read(page)).not.toMatch(lifeOfLinks);
  });
});

describe('the length', () => {
  it('of the README is 200 lines at most', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });

  it('of the page on reliability is 120 lines at most', () => {
    expect(read('docs/reliability.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });

  it('of all documents together stays under 18,000 words', () => {
    const written = pages.filter((page) => !page.startsWith('docs/reference/'));
    expect(written.reduce((sum, page) => sum + wordsIn(proseOf(read(page))), 0)).toBeLessThan(18_000);
  });
});

/** Words of a private dialect, for which the field has its own. */
const dialect =
  /\b(?:heirs?|tenures?|tempos?|brak(?:e|es|ed|ing)|errands?|deeds?|tall(?:y|ies)|whoever|whomever)\b|nobody was heard|\bwho sends\b|\bis told of\b/gi;

describe('the vocabulary', () => {
  const documents = ['README.md', ...filesIn('docs', '.md')];
  const sources = ['functions', 'infra', 'client', 'cli', 'local'].flatMap((folder) =>
    filesIn(folder, '.ts'),
  );

  it.each([
    ['documents', documents],
    ['sources', sources],
  ])('of the %s is the one of the field', (_where, files) => {
    const found = files.flatMap((file) =>
      [...read(file).matchAll(dialect)].map(([word]) => `${file}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});

describe('the README', () => {
  it('says how to set up and how to test in one command each', () => {
    const commands = [...readme.matchAll(/^.*npm ci &&.*$/gm)].map(([line]) => line);
    expect(commands).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(readme.match(/^npm (ci|install|i)$/gm)).toBeNull();
  });

  it('says before its first command that this has not run on AWS', () => {
    const [beginning = ''] = readme.split('```');
    expect(beginning).toMatch(/not yet run on AWS or against crun\.ai/i);
  });

  it('imports in its examples what the sources export', async () => {
    const imports = [...readme.matchAll(/^import \{ (.+) \} from 'face-detection-poller(?:\/(\w+))?';$/gm)];
    expect(imports.length).toBeGreaterThan(0);
    for (const [, names = '', file = 'construct'] of imports) {
      const module = (await import(path.join(root, `exports/${file}.ts`))) as object;
      expect(Object.keys(module)).toEqual(expect.arrayContaining(names.split(', ')));
    }
  });
});

describe('the recipes', () => {
  const source = read('test/deploy/recipes.ts');

  it('quote the code that is deployed and run, and leave none of it out', () => {
    const quoted = [...read('docs/recipes.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
    expect(quoted.length).toBeGreaterThan(5);
    const [, afterTitle] = source.split(/^\/\*\* The recipes .*\n/m);
    expect(quoted.join('\n')).toBe(afterTitle);
  });

  it('are all used by the app that is deployed', () => {
    const app = read('test/deploy/recipes-app.ts');
    for (const name of matches(source, /^export (?:function|const) (\w+)/gm))
      expect(app).toMatch(new RegExp(`\\b${name}\\(`));
  });
});
