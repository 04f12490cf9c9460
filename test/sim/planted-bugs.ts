/** Bugs that are planted one at a time, each to be caught by the check of the promise that it breaks. */
import { classify, storyOf } from './cells.ts';
import type { Finding } from './check.ts';
import { kinds } from './faults.ts';
import { realParts } from './parts.ts';
import { bugsOfAnswers } from './planted/answers.ts';
import { bugsOfArchive } from './planted/archive.ts';
import { bugsOfCare } from './planted/care.ts';
import { bugsOfPace } from './planted/pace.ts';
import type { PlantedBug } from './planted/planted-bug.ts';
import { bugsOfPrice } from './planted/price.ts';
import { bugsOfPublishing } from './planted/publishing.ts';
import { bugsOfSilence } from './planted/silence.ts';
import { bugsOfSubmission } from './planted/submission.ts';

const maxWorlds = 8;
const tasksOfAWorld = 40;
/** Everything has ended by then, except webhooks that fail for days. */
const dayMs = 86_400_000;

export const plantedBugs: readonly PlantedBug[] = [
  ...bugsOfAnswers,
  ...bugsOfPace,
  ...bugsOfPublishing,
  ...bugsOfSilence,
  ...bugsOfCare,
  ...bugsOfPrice,
  ...bugsOfSubmission,
  ...bugsOfArchive,
];

/** What the bug breaks in the first of a few worlds that shows it. */
export async function firstCatch(bug: PlantedBug): Promise<Finding | undefined> {
  const { parts, caughtBy } = bug;
  const isIt = ({ promise, sentence }: Finding): boolean => `${promise}: ${sentence}`.includes(caughtBy);
  for (let seed = 1; seed <= maxWorlds; seed++) {
    const story = storyOf({ seed, tasks: tasksOfAWorld, type: 'STANDARD', enabled: [...kinds] }, 0);
    const { findings } = await classify(
      { ...story, rate: 0, archives: bugsOfArchive.includes(bug) },
      { parts: { ...realParts, ...parts }, isOver: isIt, endMs: dayMs },
    );
    const caught = findings.find(isIt);
    if (caught !== undefined) return caught;
  }
  return undefined;
}
