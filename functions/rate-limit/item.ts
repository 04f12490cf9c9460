/**
 * The state of a key's rate limit: one item a shard, beside the records. It is in none of their indexes and never
 * expires.
 */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

import type { HoldCode } from '../detection/error-codes.ts';
import { fromItem, toItem } from '../records/item.ts';
import { key } from '../records/table.ts';
import { createUpdate } from '../records/update.ts';
import { steadyClock, type VirtualClock } from './virtual-clock.ts';

export interface LimiterState {
  /** The theoretical arrival time of the next reservation, by the virtual clock. */
  tatUs: number;
  virtualClock: VirtualClock;
}

/** The clock's attributes are absent until the first feedback. */
interface LimiterItem {
  tat?: number;
  epoch?: number;
  set_at_us: number;
  virtual_us: number;
  resumes_at_us: number;
  speed_permille: number;
  pauses: number;
  hold?: HoldCode;
}

export interface ItemDeps {
  client: DynamoDBClient;
  tableName: string;
  /** Keeps the limits of several providers in one table apart. */
  name: string;
}

export function createLimiterItem({ client, tableName, name }: ItemDeps) {
  const update = createUpdate<LimiterItem>({ client, tableName });
  /** No task id and no page of faces starts like this. */
  const keyOf = (shard: number): string => `#rate#${name}#${shard}`;

  return {
    async read(shard: number): Promise<LimiterState> {
      const Key = toItem({ [key]: keyOf(shard) });
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }),
      );
      const { tat = 0, ...item } = fromItem<LimiterItem>(Item ?? {});
      return { tatUs: tat, virtualClock: virtualClockOf(item) };
    },

    /**
     * Behind the slots that are reserved already, if those are ahead of now and not behind the latest of use. DynamoDB
     * has no `max()`, hence two ways to reserve. Both return the arrival time of this reservation.
     */
    async reserveBehind(
      shard: number,
      { epoch }: VirtualClock,
      { intervalUs, nowUs, limitUs }: { intervalUs: number; nowUs: number; limitUs: number },
    ): Promise<number | 'conflict'> {
      const written = await update(keyOf(shard), {
        add: { tat: intervalUs },
        condition: `#tat > :now AND #tat <= :limit AND ${isEpoch(epoch)}`,
        values: { now: nowUs, limit: limitUs, ...epochValue(epoch) },
      });
      return written === 'conflict' ? 'conflict' : (written.tat ?? Number.NaN) - intervalUs;
    },

    /** At once, where no slot ahead is reserved. */
    async reserveNow(
      shard: number,
      { epoch }: VirtualClock,
      { intervalUs, nowUs }: { intervalUs: number; nowUs: number },
    ): Promise<number | 'conflict'> {
      const written = await update(keyOf(shard), {
        set: { tat: nowUs + intervalUs },
        condition: `(attribute_not_exists(#tat) OR #tat <= :now) AND ${isEpoch(epoch)}`,
        values: { now: nowUs, ...epochValue(epoch) },
      });
      return written === 'conflict' ? 'conflict' : nowUs;
    },

    /** Replaces the virtual clock that was seen. A reservation before `tatUs` is not possible any more. */
    async setClock(
      shard: number,
      seen: LimiterState,
      virtualClock: VirtualClock,
      tatUs: number,
    ): Promise<LimiterState | 'conflict'> {
      const { epoch } = seen.virtualClock;
      const isBehind = seen.tatUs < tatUs;
      const isAsSeen =
        seen.tatUs === 0 ? '(attribute_not_exists(#tat) OR #tat = :seen_tat)' : '#tat = :seen_tat';
      const written = await update(keyOf(shard), {
        set: { ...clockAttributes(virtualClock), ...(isBehind && { tat: tatUs }) },
        remove: virtualClock.hold === undefined ? ['hold'] : [],
        condition: isBehind ? `${isEpoch(epoch)} AND ${isAsSeen}` : isEpoch(epoch),
        values: { ...epochValue(epoch), ...(isBehind && { seen_tat: seen.tatUs }) },
      });
      return written === 'conflict' ? 'conflict' : { tatUs: Math.max(seen.tatUs, tatUs), virtualClock };
    },
  };
}

const isEpoch = (epoch: number): string => (epoch === 0 ? 'attribute_not_exists(#epoch)' : '#epoch = :epoch');
const epochValue = (epoch: number) => (epoch === 0 ? {} : { epoch });

const clockAttributes = (clock: VirtualClock) => ({
  epoch: clock.epoch,
  set_at_us: clock.setAtUs,
  virtual_us: clock.virtualUs,
  resumes_at_us: clock.resumesAtUs,
  speed_permille: clock.speedPermille,
  pauses: clock.pausesInARow,
  ...(clock.hold !== undefined && { hold: clock.hold }),
});

function virtualClockOf({ epoch, ...item }: Omit<LimiterItem, 'tat'>): VirtualClock {
  if (epoch === undefined) return steadyClock;
  return {
    epoch,
    setAtUs: item.set_at_us,
    virtualUs: item.virtual_us,
    resumesAtUs: item.resumes_at_us,
    speedPermille: item.speed_permille,
    pausesInARow: item.pauses,
    hold: item.hold,
  };
}
