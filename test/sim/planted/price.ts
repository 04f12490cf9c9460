/** Promise 8: what a task cost. */
import type { PlantedBug } from './planted-bug.ts';

export const bugsOfPrice: readonly PlantedBug[] = [
  {
    name: 'each poll is counted twice',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(head, answer, { ...accounting, polls: accounting.polls * 2 }),
      }),
    },
    caughtBy: ' polls, of which',
  },
  {
    name: 'a visit is not counted',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(head, answer, { ...accounting, visits: accounting.visits - 1 }),
      }),
    },
    caughtBy: ' visits, though',
  },
];
