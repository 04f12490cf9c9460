/** The AWS CLI commands of a page, as they are printed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../support/folders.ts';

/** Each paragraph of the page's shell blocks that calls the AWS CLI; `output` comes first, as the README defines it. */
export function awsCommands(page: string): { output: string; commands: string[] } {
  const text = readFileSync(path.join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const paragraphs = blocks.flatMap((block) => block.split(/\n\n+/)).map((paragraph) => paragraph.trim());
  return {
    output: paragraphs.find((paragraph) => paragraph.startsWith('output() {')) ?? '',
    commands: paragraphs.filter((paragraph) => /^(#.*\n)*aws /.test(paragraph)),
  };
}
