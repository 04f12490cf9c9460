/** The guide for contributors, held to the code: its picture, its recipes and its commands. */
import { describe, expect, it } from 'vitest';

import packageJson from '../../package.json' with { type: 'json' };
import { regenerated } from '../../tools/tables.ts';
import { matches, read, section, wordsIn } from './pages.ts';

const page = read('CONTRIBUTING.md');

describe('the guide for contributors', () => {
  it('shows the rooms as they are', () => {
    // Where it does not: `npm run snapshot`, then review the new arrow.
    expect(page).toBe(regenerated('CONTRIBUTING.md', page));
  });

  it('has at most 1,200 words', () => {
    expect(wordsIn(page)).toBeLessThanOrEqual(1_200);
  });

  it('names commands that exist', () => {
    const commands = matches(page, /`npm run ([\w:-]+)/g);
    expect(commands.filter((command) => !(command in packageJson.scripts))).toEqual([]);
  });

  it.each([
    ['Add an error code', 3],
    ['Add a public field', 2],
    ['Add an endpoint', 2],
  ])('needs few sources to %s', (recipe, most) => {
    const sources = section(page, recipe).match(/^\d+\. (?:`(?:functions|infra)|The module)/gm) ?? [];
    expect(sources).toHaveLength(most);
  });
});
