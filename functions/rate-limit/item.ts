/** Where a key's rate stands: one item a shard, beside the records and in none of their indexes; it never expires. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { fromItem, toItem } from '../records/item.ts';
import { key } from '../records/table.ts';
import { unlessConflict } from '../records/update.ts';
import { steady, type HoldCode, type VirtualClock } from './virtual-clock.ts';

/** As it was last seen. `tatUs`: the theoretical arrival time of the next booking, by the key's clock. */
export interface LimiterState {
  tatUs: number;
  virtualClock: VirtualClock;
}

interface RateItem {
  tat?: number;
  epoch?: number;
  at_us: number;
  key_us: number;
  open_us: number;
  permille: number;
  pauses: number;
  hold?: HoldCode;
}

export interface ItemDeps {
  client: DynamoDBClient;
  tableName: string;
  /** Tells one provider's keys from another's in the same table. */
  name: string;
}

type Change = Pick<
  ConstructorParameters<typeof UpdateItemCommand>[0],
  'UpdateExpression' | 'ConditionExpression' | 'ReturnValues'
> & { values: Record<string, unknown> };

export function createRateItem({ client, tableName: TableName, name }: ItemDeps) {
  /** No task id begins so, and no page of its faces. */
  const keyOf = (shard: number) => toItem({ [key]: `#rate#${name}#${shard}` });

  async function update(shard: number, { values, ...change }: Change): Promise<RateItem | 'conflict'> {
    const expressions = `${change.UpdateExpression} ${change.ConditionExpression}`;
    const names = [...new Set(expressions.match(/#\w+/g))].map((each) => [each, each.slice(1)]);
    const command = new UpdateItemCommand({
      TableName,
      Key: keyOf(shard),
      ...change,
      ExpressionAttributeNames: Object.fromEntries(names) as Record<string, string>,
      ExpressionAttributeValues: toItem(values),
    });
    const answer = await unlessConflict(client.send(command));
    return answer === 'conflict' ? 'conflict' : fromItem<RateItem>(answer.Attributes ?? {});
  }

  return {
    async read(shard: number): Promise<LimiterState> {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keyOf(shard), ConsistentRead: true }),
      );
      const { tat = 0, ...item } = fromItem<RateItem>(Item ?? {});
      return { tatUs: tat, virtualClock: virtualClockOf(item) };
    },

    /** Behind what is booked already: as long as that is ahead of now, and not behind the latest that is of use. */
    async queue(shard: number, { epoch }: VirtualClock, times: QueueTimes): Promise<number | 'conflict'> {
      const { intervalUs, nowUs, limitUs } = times;
      const old = await update(shard, {
        UpdateExpression: 'SET #tat = #tat + :interval',
        ConditionExpression: `#tat > :now AND #tat <= :limit AND ${isEpoch(epoch)}`,
        ReturnValues: 'UPDATED_OLD',
        values: { ':interval': intervalUs, ':now': nowUs, ':limit': limitUs, ...epochValue(epoch) },
      });
      return old === 'conflict' ? 'conflict' : (old.tat ?? Number.NaN);
    },

    /** At once, where nothing is booked ahead: DynamoDB knows no `max()`, hence two ways to book. */
    async goAhead(
      shard: number,
      { epoch }: VirtualClock,
      nowUs: number,
      tatUs: number,
    ): Promise<number | 'conflict'> {
      const written = await update(shard, {
        UpdateExpression: 'SET #tat = :tat',
        ConditionExpression: `(attribute_not_exists(#tat) OR #tat <= :now) AND ${isEpoch(epoch)}`,
        values: { ':now': nowUs, ':tat': tatUs, ...epochValue(epoch) },
      });
      return written === 'conflict' ? 'conflict' : nowUs;
    },

    /** Another tempo in the place of the one that was seen, and no burst behind it. */
    async change(
      shard: number,
      seen: LimiterState,
      virtualClock: VirtualClock,
      tatUs: number,
    ): Promise<LimiterState | 'conflict'> {
      const { epoch } = seen.virtualClock;
      const isBehind = seen.tatUs < tatUs;
      const values = {
        ':new_epoch': virtualClock.epoch,
        ':at_us': virtualClock.atUs,
        ':key_us': virtualClock.keyUs,
        ':open_us': virtualClock.openUs,
        ':permille': virtualClock.permille,
        ':pauses': virtualClock.pauses,
        ...(virtualClock.hold !== undefined && { ':hold': virtualClock.hold }),
        ...epochValue(epoch),
        ...(isBehind && { ':tat': tatUs, ':seen_tat': seen.tatUs }),
      };
      const sets = ['at_us', 'key_us', 'open_us', 'permille', 'pauses'].map(
        (attribute) => `#${attribute} = :${attribute}`,
      );
      const isAsSeen =
        seen.tatUs === 0 ? '(attribute_not_exists(#tat) OR #tat = :seen_tat)' : '#tat = :seen_tat';
      const written = await update(shard, {
        UpdateExpression: [
          `SET #epoch = :new_epoch, ${sets.join(', ')}`,
          ...(isBehind ? [', #tat = :tat'] : []),
          virtualClock.hold === undefined ? ' REMOVE #hold' : ', #hold = :hold',
        ].join(''),
        ConditionExpression: isBehind ? `${isEpoch(epoch)} AND ${isAsSeen}` : isEpoch(epoch),
        values,
      });
      return written === 'conflict' ? 'conflict' : { tatUs: Math.max(seen.tatUs, tatUs), virtualClock };
    },
  };
}

interface QueueTimes {
  intervalUs: number;
  nowUs: number;
  limitUs: number;
}

const isEpoch = (epoch: number): string => (epoch === 0 ? 'attribute_not_exists(#epoch)' : '#epoch = :epoch');
const epochValue = (epoch: number) => (epoch === 0 ? {} : { ':epoch': epoch });

function virtualClockOf({
  epoch,
  at_us,
  key_us,
  open_us,
  permille,
  pauses,
  hold,
}: Omit<RateItem, 'tat'>): VirtualClock {
  if (epoch === undefined) return steady;
  return { epoch, atUs: at_us, keyUs: key_us, openUs: open_us, permille, pauses, hold };
}
