/** Promise 8: what a task cost. */
import type { PlantedBug } from './planted-bug.ts';

export const bugsOfPrice: readonly PlantedBug[] = [
  {
    name: 'each poll is counted twice',
    parts: {
      records: (records) => ({
        ...records,
        complete: (head, answer, accounting) =>
          records.complete(head, answer, { ...accounting, polls: accounting.polls * 2 }),
      }),
    },
    caughtBy: ' polls, of which',
  },
  {
    name: 'an invocation is not counted',
    parts: {
      records: (records) => ({
        ...records,
        complete: (head, answer, accounting) =>
          records.complete(head, answer, { ...accounting, invocations: accounting.invocations - 1 }),
      }),
    },
    caughtBy: ' invocations, though',
  },
];
