import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { abandonmentCodes, failureCodes } from '../../functions/detection.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const markdown = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join(folder, file));
const pages = ['README.md', 'CHANGELOG.md', ...markdown('docs')];
const matches = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, found]) => found ?? ''))].toSorted();

describe('the documentation', () => {
  it('says how to set up and how to test in one command each', () => {
    const commands = matches(read('README.md'), /^(npm ci && .*)$/gm);
    expect(commands).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });

  it.each(pages)('links to nothing that is not there: %s', (page) => {
    const targets = matches(read(page), /\]\(([^)#\s]+)[^)]*\)/g).filter((target) => !target.includes('://'));
    const missing = targets.filter((target) => !existsSync(path.join(root, path.dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it.each(['README.md', 'docs/design.md'])('knows every error code, and no other: %s', (page) => {
    const codes = [...failureCodes, ...abandonmentCodes];
    const told = matches(read(page), /`([A-Z]+_[A-Z_]+|UNAUTHORIZED|CANCELLED)`/g);
    expect(told.filter((code) => !/^(CRUN|FACE)_/.test(code))).toEqual(codes.toSorted());
  });

  it('names every environment variable that the command line reads, and no other', () => {
    const sources = ['local/main.ts', 'local/settings.ts'].map(read).join('\n');
    const variables = matches(sources, /(?:environment|process\.env)\['([A-Z_]+)'\]/g);
    expect(matches(read('README.md'), /^\| `([A-Z_]+)` \| (?!failed|abandoned)/gm)).toEqual(variables);
  });

  it('names every context key of the stack, and no other', () => {
    const [, schema = ''] =
      /const Context = z\.strictObject\(\{([^]*?)\}\);/.exec(read('infra/config.ts')) ?? [];
    const keys = matches(schema, /^ {2}(\w+):/gm);
    expect(keys.length).toBeGreaterThan(0);
    const [, section = ''] = /## Configuration([^]*?)\n## /.exec(read('README.md')) ?? [];
    expect(matches(section, /^\| `([a-z]\w+)` \|/gm)).toEqual(keys);
  });

  it('names every verb of the command line', () => {
    const verbs = matches(read('client/cli.ts'), /\.command\('(\w+)/g);
    expect(matches(read('README.md'), /^\| `([a-z]+)(?: <[^`]*)?` \|/gm)).toEqual(
      expect.arrayContaining(verbs),
    );
  });
});
