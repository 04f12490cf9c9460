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
    name: 'an invocation is not counted',
    parts: {
      store: (store) => ({
        ...store,
        settle: (head, answer, accounting) =>
          store.settle(head, answer, { ...accounting, invocations: accounting.invocations - 1 }),
      }),
    },
    caughtBy: ' invocations, though',
  },
];
