/** Other processes of the key, whose clock, rate or values are wrong: what they write into the item that all share. */
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { createRateLimiter } from '../../functions/rate-limit/limiter.ts';
import { toItem } from '../../functions/records/item.ts';
import { key } from '../../functions/records/table.ts';
import { tableName } from '../../local/table.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';

const yearMs = 365 * 86_400_000;
const hourMs = 3_600_000;
const name = 'api.crun.ai';

/** What no limiter of this version wrote, at a time of the clock in microseconds. */
const poisons: readonly ((at: (aheadMs: number) => number) => object)[] = [
  () => ({}),
  () => ({ tat: 'soon' }),
  () => ({ tat: 0, interval_us: 3_334 }),
  () => ({ tat: 5, written_at_us: 0, interval_us: 3_334 }),
  (at) => ({ tat: at(12 * hourMs) }),
  (at) => ({ tat: at(yearMs) }),
  (at) => ({ tat: at(12 * hourMs), written_at_us: at(-yearMs), interval_us: 500_000 }),
  (at) => ({ tat: at(0), written_at_us: at(yearMs), interval_us: null }),
  (at) => ({
    epoch: 7,
    set_at_us: at(0),
    virtual_us: at(0),
    resumes_at_us: at(yearMs),
    speed_permille: 1,
    pauses: 9,
    hold: 'INSUFFICIENT_CREDITS',
  }),
];

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

  const at = (aheadMs: number): number => (clock.now() + aheadMs) * 1_000;

  async function poison(): Promise<void> {
    const which = Math.floor(faults.chance('', 'stranger-poison') * poisons.length);
    const Item = toItem({ [key]: `#rate#${name}#0`, ...poisons[which]?.(at) });
    await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }));
  }

  /** Now and then one comes just before a task is polled. */
  return async function meet(task: string): Promise<void> {
    const fault = rate === 0 ? undefined : faults.at('strangers', task);
    if (fault === undefined) return;
    if (fault === 'poisoned') return actors.outside(poison);
    const aheadMs = fault === 'other-rate' ? 0 : skewMs();
    const now = (): number => clock.now() + aheadMs;
    const limiter = createRateLimiter({
      client: dynamodb,
      tableName,
      name,
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
