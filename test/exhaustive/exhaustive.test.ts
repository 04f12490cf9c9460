/** A slice of `npm run test:exhaustive`: histories of two observations from a fifth of the starts, of three from some. */
import { describe, expect, it } from 'vitest';

import { judge } from '../../functions/crun/classify.ts';
import { decide, interpret, remember } from '../../functions/poll/decide.ts';
import { invariants } from './invariants.ts';
import { plantedBugs } from './planted-bugs.ts';
import { starts } from './starts.ts';
import { judgeAll, type Parts, totalSentence, verdictSentence, walk } from './walk.ts';

const real: Parts = { judge, interpret, remember, decide };
/** Five divides no dimension of the starts, so that a fifth has something of each. */
const fewStarts = [...starts()].filter((_, index) => index % 5 === 0);
const judged = judgeAll(real);

function firstFinding(parts: Parts): string | undefined {
  const { observations, findings } = parts.judge === judge ? judged : judgeAll(parts);
  const [found] = findings;
  if (found !== undefined) return found.sentence;
  for (const start of fewStarts) {
    const [sentence] = walk(parts, observations, start, 2).findings.keys();
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}

describe('the decision', () => {
  it('has at least 330 outcomes to judge, and judges each as the table says', () => {
    expect(judged.outcomes).toBeGreaterThan(330);
    expect(judged.findings).toEqual([]);
  });

  it('keeps every invariant after two observations', () => {
    expect(firstFinding(real)).toBeUndefined();
  });

  it('keeps every invariant after three observations', () => {
    for (const start of fewStarts.filter((_, index) => index % 23 === 0)) {
      expect(walk(real, judged.observations, start, 3).findings).toEqual(new Map());
    }
  });
});

describe('the walk', () => {
  it.each(plantedBugs.map((bug) => [bug.name, bug] as const))('sees that %s', (_name, bug) => {
    expect(firstFinding({ ...real, ...bug.parts })).toContain(bug.caughtBy);
  });

  it('has no invariant that none of these bugs breaks', () => {
    const sentences = [totalSentence, verdictSentence, ...invariants.map(({ sentence }) => sentence)];
    const unbroken = sentences.filter(
      (sentence) => !plantedBugs.some((bug) => sentence.includes(bug.caughtBy)),
    );
    expect(unbroken).toEqual([]);
  });
});
