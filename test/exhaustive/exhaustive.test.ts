/** A slice of `npm run test:exhaustive`: histories of two observations from a fifth of the starts, of three from some. */
import { describe, expect, it } from 'vitest';

import { classify } from '../../functions/crun/classify.ts';
import { decide, resolveNotFound, recordObservation } from '../../functions/poll/decide.ts';
import { invariants } from './invariants.ts';
import { plantedBugs } from './planted-bugs.ts';
import { starts } from './starts.ts';
import { classifyAll, type Parts, totalSentence, classificationSentence, walk } from './walk.ts';

const real: Parts = { classify, resolveNotFound, recordObservation, decide };
/** Five divides no dimension of the starts, so that a fifth covers each of them. */
const fewStarts = [...starts()].filter((_, index) => index % 5 === 0);
const classified = classifyAll(real);

function firstFinding(parts: Parts): string | undefined {
  const { observations, findings } = parts.classify === classify ? classified : classifyAll(parts);
  const [found] = findings;
  if (found !== undefined) return found.sentence;
  for (const start of fewStarts) {
    const [sentence] = walk(parts, observations, start, 2).findings.keys();
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}

describe('the decision', () => {
  it('classifies each of at least 330 outcomes as the table says', () => {
    expect(classified.outcomes).toBeGreaterThan(330);
    expect(classified.findings).toEqual([]);
  });

  it('keeps every invariant after two observations', () => {
    expect(firstFinding(real)).toBeUndefined();
  });

  it('keeps every invariant after three observations', () => {
    for (const start of fewStarts.filter((_, index) => index % 61 === 0)) {
      expect(walk(real, classified.observations, start, 3).findings).toEqual(new Map());
    }
  });
});

describe('the walk', () => {
  it.each(plantedBugs.map((bug) => [bug.name, bug] as const))('sees that %s', (_name, bug) => {
    expect(firstFinding({ ...real, ...bug.parts })).toContain(bug.caughtBy);
  });

  it('has a planted bug for each invariant', () => {
    const sentences = [totalSentence, classificationSentence, ...invariants.map(({ sentence }) => sentence)];
    const unbroken = sentences.filter(
      (sentence) => !plantedBugs.some((bug) => sentence.includes(bug.caughtBy)),
    );
    expect(unbroken).toEqual([]);
  });
});
