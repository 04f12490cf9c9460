/** Other processes of the key, whose clock or rate is wrong: what they write into the item that all share. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { createRateLimiter } from '../../functions/rate-limit/limiter.ts';
import { tableName } from '../../local/table.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';

const yearMs = 365 * 86_400_000;

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  dynamodb: DynamoDBClient;
  rate: number;
}

export function createStrangers({ clock, faults, actors, dynamodb, rate }: Deps) {
  /** From seconds to a year, either way. */
  const skewMs = (): number =>
    Math.round(5_000 * (yearMs / 5_000) ** faults.chance('', 'stranger-skew')) *
    (faults.chance('', 'stranger-way') < 0.5 ? -1 : 1);

  /** Now and then one comes just before a task is polled. */
  return async function meet(task: string): Promise<void> {
    const fault = rate === 0 ? undefined : faults.at('strangers', task);
    if (fault === undefined) return;
    const aheadMs = fault === 'other-rate' ? 0 : skewMs();
    const now = (): number => clock.now() + aheadMs;
    const limiter = createRateLimiter({
      client: dynamodb,
      tableName,
      name: 'api.crun.ai',
      perSecond:
        fault === 'other-rate' ? rate * (faults.chance('', 'stranger-rate') < 0.5 ? 50 : 0.02) : rate,
      now,
      random: () => 0.5,
      onUnreachable: () => {},
      onRebased: () => {},
    });
    await actors.outside(async () => {
      if (fault === 'hears-429') await limiter.applyFeedback(task, { kind: 'throttled', hintMs: 5_000 });
      else for (let count = 0; count < 5; count++) await limiter.reserve(task, now() + 86_400_000);
    });
  };
}
