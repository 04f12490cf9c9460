/**
 * The state of a key's rate limit: one item a shard, beside the records. It is in none of their indexes and never
 * expires.
 */
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

import { fromItem, toItem } from '../records/item.ts';
import { key } from '../records/table.ts';
import { createUpdate } from '../records/update.ts';
import { clocksApartUs } from './rebase.ts';
import { clockAttributes, LimiterItem, type LimiterState, stateOf, unused } from './state.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface ItemDeps {
  client: DynamoDBClient;
  tableName: string;
  /** Keeps the limits of several providers in one table apart. */
  name: string;
  onRebased?: ((cause: 'unreadable') => void) | undefined;
}

export function createLimiterItem({ client, tableName, name, onRebased }: ItemDeps) {
  const update = createUpdate<LimiterItem>({ client, tableName });
  /** No task id and no page of faces starts like this. */
  const keyOf = (shard: number): string => `#rate#${name}#${shard}`;

  return {
    async read(shard: number): Promise<LimiterState> {
      const Key = toItem({ [key]: keyOf(shard) });
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }),
      );
      const item = LimiterItem.safeParse(fromItem(Item ?? {}));
      if (item.success) return stateOf(item.data);
      // No condition can name what it holds: without it, the limit begins anew.
      await this.remove(shard);
      onRebased?.('unreadable');
      return unused;
    },

    async remove(shard: number): Promise<void> {
      const Key = toItem({ [key]: keyOf(shard) });
      await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
    },

    /** Replaces exactly what was seen. */
    async replace(shard: number, seen: LimiterState, next: LimiterState): Promise<LimiterState | 'conflict'> {
      const { virtualClock, tatUs, writtenAtUs, intervalUs } = next;
      const isSame = virtualClock === seen.virtualClock;
      const written = await update(keyOf(shard), {
        set: {
          tat: tatUs,
          written_at_us: writtenAtUs,
          interval_us: intervalUs,
          ...(!isSame && clockAttributes(virtualClock)),
        },
        remove: virtualClock.hold === undefined ? ['hold'] : [],
        condition: [
          isEpoch(seen.virtualClock.epoch),
          isAsSeen('tat', seen.tatUs),
          isAsSeen('written_at_us', seen.writtenAtUs),
        ].join(' AND '),
        values: {
          ...epochValue(seen.virtualClock.epoch),
          tat: seen.tatUs,
          written_at_us: seen.writtenAtUs,
        },
      });
      return written === 'conflict' ? 'conflict' : next;
    },

    /**
     * Behind the slots that are reserved already, if those are ahead of now and not behind the latest of use. DynamoDB
     * has no `max()`, hence two ways to reserve. Both return the arrival time of this reservation.
     */
    async reserveBehind(
      shard: number,
      { epoch }: VirtualClock,
      reservation: Reservation & { limitUs: number },
    ): Promise<number | 'conflict'> {
      const { intervalUs, nowUs, limitUs, writtenAtUs } = reservation;
      const written = await update(keyOf(shard), {
        add: { tat: intervalUs },
        set: { written_at_us: writtenAtUs, interval_us: intervalUs },
        condition: `#tat > :now AND #tat <= :limit AND ${isEpoch(epoch)} AND ${isExplained}`,
        values: { now: nowUs, limit: limitUs, ...epochValue(epoch), ...explained(intervalUs, writtenAtUs) },
      });
      return written === 'conflict' ? 'conflict' : (written.tat ?? Number.NaN) - intervalUs;
    },

    /** At once, where no slot ahead is reserved. */
    async reserveNow(
      shard: number,
      { epoch }: VirtualClock,
      { intervalUs, nowUs, writtenAtUs }: Reservation,
    ): Promise<number | 'conflict'> {
      const written = await update(keyOf(shard), {
        set: { tat: nowUs + intervalUs, written_at_us: writtenAtUs, interval_us: intervalUs },
        condition: `(attribute_not_exists(#tat) OR #tat <= :now) AND ${isEpoch(epoch)}`,
        values: { now: nowUs, ...epochValue(epoch) },
      });
      return written === 'conflict' ? 'conflict' : nowUs;
    },

    /** Replaces the virtual clock that was seen. A reservation before `tatUs` is not possible any more. */
    async setClock(
      shard: number,
      seen: LimiterState,
      next: LimiterState & { intervalUs: number },
    ): Promise<LimiterState | 'conflict'> {
      const { epoch } = seen.virtualClock;
      const { virtualClock, tatUs, writtenAtUs, intervalUs } = next;
      const isBehind = seen.tatUs < tatUs;
      const condition = `${isEpoch(epoch)} AND ${isExplained}`;
      const written = await update(keyOf(shard), {
        set: {
          ...clockAttributes(virtualClock),
          written_at_us: writtenAtUs,
          interval_us: intervalUs,
          ...(isBehind && { tat: tatUs }),
        },
        remove: virtualClock.hold === undefined ? ['hold'] : [],
        condition: isBehind ? `${condition} AND ${isAsSeen('tat', seen.tatUs)}` : condition,
        values: {
          ...epochValue(epoch),
          ...explained(intervalUs, writtenAtUs),
          ...(isBehind && { tat: seen.tatUs }),
        },
      });
      return written === 'conflict' ? 'conflict' : { ...next, tatUs: Math.max(seen.tatUs, tatUs) };
    },
  };
}

interface Reservation {
  intervalUs: number;
  /** By the virtual clock. */
  nowUs: number;
  /** By the clock of this process. */
  writtenAtUs: number;
}

/** The last writer had our rate, and a clock that was not ahead of ours. */
const isExplained =
  '(attribute_not_exists(#written_at_us) OR #written_at_us <= :soon) AND (attribute_not_exists(#interval_us) OR #interval_us = :interval)';
const explained = (intervalUs: number, writtenAtUs: number) => ({
  soon: writtenAtUs + clocksApartUs,
  interval: intervalUs,
});

/** Absent counts as 0, and 0 may be stored. */
const isAsSeen = (name: 'tat' | 'written_at_us', value: number): string =>
  value === 0 ? `(attribute_not_exists(#${name}) OR #${name} = :${name})` : `#${name} = :${name}`;
const isEpoch = (epoch: number): string => (epoch === 0 ? 'attribute_not_exists(#epoch)' : '#epoch = :epoch');
const epochValue = (epoch: number) => (epoch === 0 ? {} : { epoch });
