import { existsSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { steps } from '../../tools/smoke/steps.ts';
import { evidence } from '../deploy/gaps.ts';
import { root } from '../support/folders.ts';
import { read } from './pages.ts';

it('each promise of the README has its judges, and what only an account can show', () => {
  const section = read('README.md').split('## What it guarantees')[1]?.split('\n## ')[0] ?? '';
  const promised = [...section.matchAll(/^- \*\*(.+?)\.\*\*/gm)].map(([, name]) => name);
  expect(promised.length).toBeGreaterThan(5);
  expect(Object.keys(evidence)).toEqual(promised);
  for (const { seenBy, unproven } of Object.values(evidence)) {
    const files = Object.values(seenBy);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    expect(unproven).not.toEqual([]);
  }
});

it('each step of the smoke test proves a promise', () => {
  const named = Object.values(evidence).flatMap(({ unproven }) =>
    unproven.filter((what) => !what.endsWith('.')),
  );
  expect(named.toSorted()).toEqual(steps.map(({ name }) => name).toSorted());
});
