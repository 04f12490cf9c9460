/** A slice of `npm run test:crash`: a few points of each story. */
import { describe, expect, it } from 'vitest';

import { classify } from '../sim/cells.ts';
import { realParts } from '../sim/parts.ts';
import { crash, pointsOf } from './points.ts';
import { crashStories } from './stories.ts';

const first = crashStories.slice(0, 1);
const expiring = crashStories.filter(({ name }) => name.startsWith('a record that expires'));

describe('a crash', () => {
  it.each(first)('at any tenth call changes nothing: $name', async (at) => {
    const { points, end } = await pointsOf(at);
    expect(points.length).toBeGreaterThan(60);
    for (const point of points.filter((_, index) => index % 10 === 0))
      expect(await crash(point, end)).toEqual({ faults: [], hasMet: true });
  });

  it.each(first)('would be noticed without the sweep: $name', async (at) => {
    const { points, end } = await pointsOf(at);
    const dying = points.filter(({ fault }) => fault.edge === 'life');
    const parts = {
      ...realParts,
      records: (records) => ({ ...records, async *dueIds() {} }),
    } satisfies typeof realParts;
    const outcomes: string[] = [];
    for (const point of dying.filter((_, index) => index % 4 === 0))
      outcomes.push(...(await crash(point, end, parts)).faults);
    expect(outcomes).toContainEqual(expect.stringContaining('when all activity has ended'));
  });

  it.each(expiring)('would be noticed where it left a picture: $name', async ({ story }) => {
    const parts = {
      ...realParts,
      store: (store) => ({ ...store, deleteUnder: async () => {} }),
    } satisfies typeof realParts;
    const { findings, counts } = await classify(story, { parts });
    expect(counts['no record']).toBe(1);
    expect(findings).toContainEqual(expect.objectContaining({ promise: 'not kept' }));
  });
});
