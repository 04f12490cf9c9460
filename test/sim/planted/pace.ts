/** Promises 3 and 4: in time, and no faster than is good for the provider. */
import type { PlantedBug } from './planted-bug.ts';

export const bugsOfPace: readonly PlantedBug[] = [
  {
    name: 'the deadline is taken for a minute later',
    parts: {
      records: (records) => ({
        ...records,
        read: async (id) => {
          const found = await records.read(id);
          if (found.kind !== 'head') return found;
          const deadline_at = new Date(Date.parse(found.head.deadline_at) + 60_000).toISOString();
          return { ...found, head: { ...found.head, deadline_at } };
        },
      }),
    },
    caughtBy: 'in time: ',
  },
  {
    name: 'the sweep ends nothing',
    parts: {
      records: (records) => ({ ...records, abandonExpired: async () => 'conflict' }),
      policy: (policy) => ({ ...policy, backoffBaseMs: 7_200_000, backoffMaxMs: 7_200_000 }),
    },
    caughtBy: 'past its deadline',
  },
  {
    name: 'a task is asked about twenty times a second',
    parts: {
      policy: (policy) => ({ ...policy, ageFraction: 0.001, minInvocationGapMs: 50, minPauseMs: 20 }),
    },
    caughtBy: 'too soon after pending',
  },
  {
    name: 'a hint is not heeded',
    parts: {
      crun: (crun) => ({
        async getResult(...call) {
          const exchange = await crun.getResult(...call);
          return exchange.kind === 'answered' ? { ...exchange, retryAfter: undefined } : exchange;
        },
      }),
    },
    caughtBy: 'too soon after throttled',
  },
  {
    name: 'a rival polls as if it were the owner',
    parts: {
      poll: (poll) => (event, endsAtMs) => {
        const { execution_name: name, execution_arn: arn, ...rest } = event as Record<string, string>;
        const rivalName = /rival-\d+/;
        return poll(
          {
            ...rest,
            execution_name: name?.replace(rivalName, '1'),
            execution_arn: arn?.replace(rivalName, '1'),
          },
          endsAtMs,
        );
      },
    },
    caughtBy: 'paced: ',
  },
];
