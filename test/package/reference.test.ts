import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Reflection, writeReference } from '../../tools/reference/write.ts';
import { root } from '../support/folders.ts';
import { optionFaults } from './option-faults.ts';

const pagesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    globSync('*.md', { cwd: folder })
      .toSorted()
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  );

describe('the reference', () => {
  let folder: string;
  let model: Reflection;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reference-'));
    model = await writeReference(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is that of the exports', () => {
    // Where it is not: `npm run build && npm run reference`, then review what changed.
    expect(pagesIn(folder)).toEqual(pagesIn(path.join(root, 'docs/reference')));
  });

  it('says of each option what it means, what it is without it, and an example; of a number, its unit and bounds', () => {
    expect(optionFaults(model)).toEqual([]);
    const names = JSON.stringify(model).match(/"name":"\w+(?:Options|Props|Request|Input|Imports)"/g);
    expect(new Set(names).size).toBeGreaterThan(12);
  });

  it('would name an option that says less', () => {
    const number = { type: 'intrinsic', name: 'number' };
    const summary = [{ text: 'How long it lasts.' }];
    const whole = [{ text: 'Seconds, 1 to 5.' }];
    const blockTags = [{ tag: '@example', content: [{ text: '3' }] }];
    const options = {
      name: 'PlantedOptions',
      kind: 256,
      children: [
        { name: 'silent', kind: 1024, flags: { isOptional: true } },
        { name: 'bare', kind: 1024, type: number, comment: { summary, blockTags } },
        { name: 'unshown', kind: 1024, type: number, comment: { summary: whole } },
        { name: 'whole', kind: 1024, type: number, comment: { summary: whole, blockTags } },
      ],
    };
    expect(optionFaults({ name: 'a module', kind: 2, children: [options] })).toEqual([
      'PlantedOptions.silent: says nothing of its meaning',
      'PlantedOptions.silent: is optional and has no @default',
      'PlantedOptions.silent: has no @example',
      'PlantedOptions.bare: is a number without a unit',
      'PlantedOptions.bare: is a number without bounds',
      'PlantedOptions.unshown: has no @example',
    ]);
  });
});
