/** One thread's share of the starts, walked; answered with one message. */
import { parentPort, workerData } from 'node:worker_threads';

import { classify } from '../../functions/crun/classify.ts';
import { decide, resolveNotFound, recordObservation } from '../../functions/poll/decide.ts';
import { plantedBugs } from './planted-bugs.ts';
import { starts } from './starts.ts';
import { classifyAll, type Parts, walk, type Walked } from './walk.ts';

export interface Share {
  index: number;
  of: number;
  length: number;
  plant: string | undefined;
}

export function partsWith(plant: string | undefined): Parts {
  const real: Parts = { classify, resolveNotFound, recordObservation, decide };
  if (plant === undefined) return real;
  const bug = plantedBugs.find(({ name }) => name === plant);
  if (bug === undefined)
    throw new Error(`no such bug; there are: ${plantedBugs.map(({ name }) => name).join(' · ')}`);
  return { ...real, ...bug.parts };
}

function walkShare({ index, of, length, plant }: Share): Walked {
  const parts = partsWith(plant);
  const { observations } = classifyAll(parts);
  const heldByMe = [...starts()].filter((_, at) => at % of === index);
  return heldByMe.map((start) => walk(parts, observations, start, length)).reduce(add);
}

export function add(one: Walked, other: Walked): Walked {
  const { poll, wait, settle, abandon } = other.decisions;
  const { decisions } = one;
  const findings = new Map(one.findings);
  for (const [sentence, found] of other.findings) {
    const { count, story } = findings.get(sentence) ?? { count: 0, story: found.story };
    findings.set(sentence, { count: count + found.count, story });
  }
  return {
    histories: one.histories.map((count, at) => count + (other.histories[at] ?? 0)),
    decisions: {
      poll: decisions.poll + poll,
      wait: decisions.wait + wait,
      settle: decisions.settle + settle,
      abandon: decisions.abandon + abandon,
    },
    findings,
  };
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a window's; a thread has none
parentPort?.postMessage(walkShare(workerData as Share));
