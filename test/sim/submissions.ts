/** Tasks that are submitted over and over: each first POST meets one kind of failure, among rivals and repeats with its key. */
import { drawer } from './draw.ts';
import { type FaultAt, faultsAt } from './faults.ts';
import type { Plan } from './plan.ts';

/** What a first POST meets: each failure, and none. */
export const meetings: readonly (FaultAt<'submission'> | 'none')[] = [...faultsAt('submission'), 'none'];

const second = 1_000;
const minute = 60 * second;
/** Within so long all of a world begin. */
const beginMs = 20 * minute;

/** The nth of them all, so that each failure has as many. */
export function submissionOf(seed: number, task: string, nth: number): Plan {
  const { between, happens, oneOf } = drawer(seed, `submission/${task}`);
  const beginsAtMs = between('begins', 0, beginMs);
  const at = (name: string, low: number, high: number): number => beginsAtMs + between(name, low, high);
  const verbs = [
    ...(happens('twin', 0.5) ? [{ atMs: beginsAtMs, verb: 'detect' as const }] : []),
    ...(happens('rival', 0.5) ? [{ atMs: at('rival-at', 0, second), verb: 'detect' as const }] : []),
    ...(happens('other', 0.2) ? [{ atMs: at('other-at', 0, minute), verb: 'detect-other' as const }] : []),
    ...(happens('forget', 0.1) ? [{ atMs: at('forget-at', 0, minute), verb: 'forget' as const }] : []),
    ...['soon', 'once more'].map((name) => ({ atMs: at(name, 0, 2 * minute), verb: 'detect' as const })),
    // After a minute an outcome that is still missing is unknown.
    { atMs: at('late', 2 * minute, 4 * minute), verb: 'detect' as const },
  ];
  return {
    task,
    beginsAtMs,
    by: 'media',
    meets: meetings[nth % meetings.length] as (typeof meetings)[number],
    hasCallback: false,
    provider: { ends: 'succeeded', durationMs: second, faces: 1, linkBytes: 0 },
    hardship: oneOf('hardship', [0.3, 1, 3]),
    later: verbs.toSorted((a, b) => a.atMs - b.atMs),
  };
}
