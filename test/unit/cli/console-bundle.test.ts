import { gzipSync } from 'node:zlib';

import { expect, it } from 'vitest';

import { buildBundle } from '../../../console/bundle.ts';

it('the page is one script of at most 60 KB and one stylesheet of at most 15 KB, compressed', async () => {
  const { script, style } = await buildBundle();
  expect(gzipSync(script).byteLength).toBeLessThanOrEqual(60 * 1_024);
  expect(gzipSync(style).byteLength).toBeLessThanOrEqual(15 * 1_024);
  // Nothing is loaded later, and nothing of what runs on the server came with it.
  expect(script).not.toMatch(/\bimport\(|\brequire\(|aws-sdk|node:/);
  expect(style).not.toMatch(/@import|url\(/);
});
