import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, it } from 'vitest';

import { pagesIn, writeReference } from '../../tools/reference/write.ts';
import { root } from '../support/folders.ts';

it('the reference is that of the exports', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reference-'));
  try {
    await writeReference(folder);
    // Where it is not: `npm run build && npm run reference`, then review what changed.
    expect(pagesIn(folder)).toEqual(pagesIn(path.join(root, 'docs/reference')));
  } finally {
    await rm(folder, { recursive: true });
  }
});
