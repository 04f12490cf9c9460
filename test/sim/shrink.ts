/** From a run in which a promise was broken to the shortest story that still breaks it. */
import { classify } from './cells.ts';
import type { Finding } from './check.ts';
import type { Fault } from './faults.ts';
import type { Parts } from './parts.ts';
import type { Story } from './run.ts';

interface Shrunk {
  story: Story;
  finding: Finding;
  runs: number;
}

/** The same sentence, whatever its numbers are. */
const shapeOf = ({ promise, sentence }: Finding): string =>
  `${promise}: ${sentence.replaceAll(/[\d.]+/g, 'n')}`;
const maxRuns = 400;
/** Where it takes all tasks of a world together, the story stays longer. */
const maxMs = 120_000;

export async function shrink(story: Story, found: Finding, parts?: Parts): Promise<Shrunk> {
  let runs = 0;
  const beganMs = performance.now();
  let shortest = { story, finding: found };

  /** Whether it still breaks; then it is the shortest so far. */
  async function breaks(shorter: Story): Promise<boolean> {
    if (runs >= maxRuns || performance.now() - beganMs > maxMs) return false;
    runs += 1;
    const { findings } = await classify(shorter, { parts });
    const same = findings.find((each) => shapeOf(each) === shapeOf(found));
    if (same !== undefined) shortest = { story: shorter, finding: same };
    return same !== undefined;
  }

  const own = story.plans.filter(({ task }) => task === found.task);
  if (own.length === 1 && !(await breaks({ ...story, plans: own })))
    await without(story.plans, (plans) => breaks({ ...shortest.story, plans }));
  // What fired becomes a list, so that leaving one out changes no other.
  const { fired } = await classify(shortest.story, { parts });
  const listed = { ...shortest.story, faults: [...fired] };
  if (await breaks(listed)) {
    await without(fired, (faults: Fault[]) => breaks({ ...shortest.story, faults }));
    await breaks({ ...shortest.story, storms: [] });
    for (const plan of shortest.story.plans) {
      await without(plan.later, (later) =>
        breaks({
          ...shortest.story,
          plans: shortest.story.plans.map((each) => (each.task === plan.task ? { ...plan, later } : each)),
        }),
      );
    }
    await without(shortest.story.faults ?? [], (faults: Fault[]) => breaks({ ...shortest.story, faults }));
  }
  return { ...shortest, runs };
}

/** Leaves out halves, quarters, ... single ones, as long as it still breaks. */
async function without<Part>(
  all: readonly Part[],
  stillBreaks: (rest: Part[]) => Promise<boolean>,
): Promise<void> {
  let rest = [...all];
  for (let size = Math.ceil(rest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < rest.length;) {
      const shorter = [...rest.slice(0, from), ...rest.slice(from + size)];
      if (await stillBreaks(shorter)) rest = shorter;
      else from += size;
    }
  }
}
