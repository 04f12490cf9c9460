/** Time, as every function is given it: epoch milliseconds, and a wait. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export interface Clock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The header counts whole seconds: a clock that is off by less is taken as it is. */
const toleratedMs = 5_000;

/**
 * The one clock of all that write to a table: the process's own, corrected by the `Date` of each answer of the database.
 * What a clock that is wrong takes for expired, overdue or old is compared after the record was read, so by this one.
 */
export function databaseClock(
  client: Pick<DynamoDBClient, 'middlewareStack'>,
  { now, sleep }: Clock = systemClock,
): Clock {
  let aheadMs = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const askedMs = now();
      const answer = await next(args);
      const sentMs = sentAtMs(answer.response);
      if (!Number.isNaN(sentMs)) aheadMs = correctionMs(sentMs - askedMs, sentMs - now());
      return answer;
    },
    { step: 'deserialize', name: 'databaseClock' },
  );
  return { now: () => now() + aheadMs, sleep };
}

const sentAtMs = (response: unknown): number =>
  Date.parse((response as { headers?: Record<string, string> }).headers?.['date'] ?? '');

/** The smaller: between the two moments the answer was long under way, or the own clock was set. */
function correctionMs(sinceAskedMs: number, sinceAnsweredMs: number): number {
  if (sinceAskedMs > 0 && sinceAnsweredMs < 0) return 0;
  const offMs = Math.abs(sinceAskedMs) < Math.abs(sinceAnsweredMs) ? sinceAskedMs : sinceAnsweredMs;
  return Math.abs(offMs) > toleratedMs ? offMs : 0;
}

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** How old a moment is that this process noted: from the future, where its clock was set back, as old as can be. */
export const ageMs = (thenMs: number, nowMs: number): number => (thenMs > nowMs ? Infinity : nowMs - thenMs);
