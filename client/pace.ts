/**
 * Paces the SDK's clients to the quotas of the account, which any number of other processes use too: whoever starts
 * thousands of tasks waits, and is not told of throttling.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';

import { createPacer, type Pacer, type PacerDeps, pacing } from './pacer.ts';
import { UserError } from './user-error.ts';

/** Refusals that are about how much is asked; the last one means that a million executions are open. */
const refusals = [
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'ExecutionLimitExceeded',
];
const isRefusal = (error: unknown): boolean => error instanceof Error && refusals.includes(error.name);

/**
 * The SDK's own adaptive mode gives a call up after a few tries, sooner where hundreds are under way, and does not know
 * of `ExecutionLimitExceeded`; so refusals are met beneath its retries, which go on seeing everything else.
 */
export function pace(
  client: DynamoDBClient | SFNClient,
  service: string,
  deps: PacerDeps = { now: Date.now, sleep: (ms) => sleep(ms, undefined, { ref: false }) },
): { end: () => void } {
  /** Each operation has a quota of its own. */
  const pacers = new Map<string, Pacer>();

  function pacerOf(operation: string): Pacer {
    const known = pacers.get(operation);
    if (known !== undefined) return known;
    const givenUp = (refusal: unknown): Error => {
      const because =
        refusal instanceof Error && refusal.name === 'ExecutionLimitExceeded'
          ? 'as many executions are open as the account may have'
          : `something else in the account uses up its quota of ${operation}`;
      return new UserError(
        'infrastructure',
        `${service} has taken nothing for ${pacing.patienceMs / 60_000} minutes, because ${because}; start or watch the same ids later to go on.`,
      );
    };
    const pacer = createPacer(deps, { isRefusal, givenUp });
    pacers.set(operation, pacer);
    return pacer;
  }

  // The two stacks differ by the types of their commands, of which nothing is looked at here.
  (client as DynamoDBClient).middlewareStack.addRelativeTo(
    <Args, Answer>(next: (args: Args) => Promise<Answer>, context: Record<string, unknown>) =>
      (args: Args) =>
        pacerOf(String(context['commandName']).replace(/Command$/, '')).run(() => next(args)),
    { name: 'pace', relation: 'after', toMiddleware: 'retryMiddleware' },
  );
  return {
    end() {
      const ended = new UserError('interrupted', `${service} is not asked any more.`);
      for (const pacer of pacers.values()) pacer.end(ended);
    },
  };
}
