/** The README's TypeScript, as files that find what they import. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { root } from './folders.ts';

/** A folder with each example as `<index>.ts`; the caller deletes it. */
export async function writeExamples(): Promise<{ folder: string; examples: string[] }> {
  await mkdir(path.join(root, '.cache'), { recursive: true });
  const folder = await mkdtemp(path.join(root, '.cache/examples-'));
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
  for (const [index, text] of examples.entries())
    await writeFile(path.join(folder, `${index}.ts`), fromSources(text));
  return { folder, examples };
}

/** The package's exports, by the modules that they are built from. */
const fromSources = (text: string): string =>
  text.replaceAll(
    / from 'face-detection-poller(?:\/(\w+))?'/g,
    (_, name = 'construct') => ` from '../../exports/${name}.ts'`,
  );

/** The path of the example that contains these words. */
export const exampleWith = (
  { folder, examples }: { folder: string; examples: readonly string[] },
  words: string,
): string => path.join(folder, `${examples.findIndex((text) => text.includes(words))}.ts`);
