/** The README's stack, and apps that make it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../support/folders.ts';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);

/** The one example of the README with these words. */
export function exampleWith(words: string): string {
  const [found, ...more] = examples.filter((text) => text.includes(words));
  if (found === undefined || more.length > 0) throw new Error(`README: not one example with "${words}"`);
  return found;
}

export const picturesStack = exampleWith('extends Stack');

const appOf = (module: string): string => `
import { App } from 'aws-cdk-lib';
import { PicturesStack } from '${module}';
new PicturesStack(new App());
`;

/** Of the template of `cdk init` before 2026, which is CommonJS by ts-node. */
const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  skipLibCheck: true,
};

/** A CDK app in a folder of its own: what `package.json` says, its files, what to install, and what runs it. */
export interface PicturesApp {
  manifest: Record<string, unknown>;
  files: Record<string, string>;
  packages: string[];
  run: string;
}

export const commonJs = (stack = picturesStack): PicturesApp => ({
  manifest: { name: 'pictures' },
  files: {
    'bin/app.ts': appOf('../lib/pictures'),
    'lib/pictures.ts': stack,
    'tsconfig.json': JSON.stringify({ compilerOptions }),
  },
  packages: ['ts-node@10', 'typescript@5.9', '@types/node@24'],
  run: 'node node_modules/.bin/ts-node --prefer-ts-exts bin/app.ts',
});

export const esModule = (stack = picturesStack): PicturesApp => ({
  manifest: { name: 'pictures', type: 'module' },
  files: { 'app.ts': appOf('./pictures.ts'), 'pictures.ts': stack },
  packages: [],
  run: 'node app.ts',
});
