/** Each option that a user may set says what it means and what it is without it. */
import { describe, expect, it } from 'vitest';

import { read } from './pages.ts';

describe('the options', () => {
  it.each([
    ['infra/props.ts', 30],
    ['infra/part-options.ts', 8],
    ['local/testing/stack.ts', 2],
  ])('of %s each have a meaning and a default', (file, least) => {
    const text = read(file);
    const options = [...text.matchAll(/(\/\*\*(?:(?!\*\/)[^])*\*\/)?\n {2}(?:readonly )?(\w+)\?: /g)].filter(
      ([, , name]) => !/^(policy|random|telemetry|apiKey|database|onResult|isAlive)$/.test(name ?? ''),
    );
    expect(options.length).toBeGreaterThanOrEqual(least);
    for (const [, comment = '', name] of options) {
      expect(comment, name).toMatch(/\/\*\*\s+\*? ?\w+/);
      expect(comment, name).toContain('@default');
    }
  });
});
