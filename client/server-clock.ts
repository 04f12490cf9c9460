/** The service's own time: what a caller writes must not depend on how its clock is set. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The header counts whole seconds, and an answer takes its time: a clock that is off by less is taken as it is. */
const toleratedMs = 5_000;

/**
 * Follows the `Date` of each answer. A record's deadline and expiry are computed after it was read, and so never by a
 * clock that is set wrong.
 */
export function serverClock(
  client: Pick<DynamoDBClient, 'middlewareStack'>,
  now: () => number = Date.now,
): () => number {
  let aheadMs = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const offMs = sentAtMs(answer.response) - now();
      if (!Number.isNaN(offMs)) aheadMs = Math.abs(offMs) > toleratedMs ? offMs : 0;
      return answer;
    },
    { step: 'deserialize', name: 'serverClock' },
  );
  return () => now() + aheadMs;
}

const sentAtMs = (response: unknown): number =>
  Date.parse((response as { headers?: Record<string, string> }).headers?.['date'] ?? '');
