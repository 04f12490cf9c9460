/** Where a key's rate stands: one item a shard, beside the records and in none of their indexes; it never expires. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { fromItem, toItem } from '../records/item.ts';
import { key } from '../records/table.ts';
import { unlessLost } from '../records/update.ts';
import { steady, type Tempo } from './virtual-clock.ts';

/** As it was last seen. `tatUs`: the theoretical arrival time of the next booking, by the key's clock. */
export interface Standing {
  tatUs: number;
  tempo: Tempo;
}

interface RateItem {
  tat?: number;
  epoch?: number;
  at_us: number;
  key_us: number;
  open_us: number;
  permille: number;
  pauses: number;
  hold?: string;
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

  async function update(shard: number, { values, ...change }: Change): Promise<RateItem | 'lost'> {
    const expressions = `${change.UpdateExpression} ${change.ConditionExpression}`;
    const names = [...new Set(expressions.match(/#\w+/g))].map((each) => [each, each.slice(1)]);
    const command = new UpdateItemCommand({
      TableName,
      Key: keyOf(shard),
      ...change,
      ExpressionAttributeNames: Object.fromEntries(names) as Record<string, string>,
      ExpressionAttributeValues: toItem(values),
    });
    const answer = await unlessLost(client.send(command));
    return answer === 'lost' ? 'lost' : fromItem<RateItem>(answer.Attributes ?? {});
  }

  return {
    async read(shard: number): Promise<Standing> {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keyOf(shard), ConsistentRead: true }),
      );
      const { tat = 0, ...item } = fromItem<RateItem>(Item ?? {});
      return { tatUs: tat, tempo: tempoOf(item) };
    },

    /** Behind what is booked already: as long as that is ahead of now, and not behind the latest that is of use. */
    async queue(shard: number, { epoch }: Tempo, times: QueueTimes): Promise<number | 'lost'> {
      const { intervalUs, nowUs, limitUs } = times;
      const old = await update(shard, {
        UpdateExpression: 'SET #tat = #tat + :interval',
        ConditionExpression: `#tat > :now AND #tat <= :limit AND ${isEpoch(epoch)}`,
        ReturnValues: 'UPDATED_OLD',
        values: { ':interval': intervalUs, ':now': nowUs, ':limit': limitUs, ...epochValue(epoch) },
      });
      return old === 'lost' ? 'lost' : (old.tat ?? Number.NaN);
    },

    /** At once, where nothing is booked ahead: DynamoDB knows no `max()`, hence two ways to book. */
    async goAhead(shard: number, { epoch }: Tempo, nowUs: number, tatUs: number): Promise<number | 'lost'> {
      const written = await update(shard, {
        UpdateExpression: 'SET #tat = :tat',
        ConditionExpression: `(attribute_not_exists(#tat) OR #tat <= :now) AND ${isEpoch(epoch)}`,
        values: { ':now': nowUs, ':tat': tatUs, ...epochValue(epoch) },
      });
      return written === 'lost' ? 'lost' : nowUs;
    },

    /** Another tempo in the place of the one that was seen, and no burst behind it. */
    async change(shard: number, seen: Standing, tempo: Tempo, tatUs: number): Promise<Standing | 'lost'> {
      const { epoch } = seen.tempo;
      const isBehind = seen.tatUs < tatUs;
      const values = {
        ':new_epoch': tempo.epoch,
        ':at_us': tempo.atUs,
        ':key_us': tempo.keyUs,
        ':open_us': tempo.openUs,
        ':permille': tempo.permille,
        ':pauses': tempo.pauses,
        ...(tempo.hold !== undefined && { ':hold': tempo.hold }),
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
          tempo.hold === undefined ? ' REMOVE #hold' : ', #hold = :hold',
        ].join(''),
        ConditionExpression: isBehind ? `${isEpoch(epoch)} AND ${isAsSeen}` : isEpoch(epoch),
        values,
      });
      return written === 'lost' ? 'lost' : { tatUs: Math.max(seen.tatUs, tatUs), tempo };
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

function tempoOf({ epoch, at_us, key_us, open_us, permille, pauses, hold }: Omit<RateItem, 'tat'>): Tempo {
  if (epoch === undefined) return steady;
  return { epoch, atUs: at_us, keyUs: key_us, openUs: open_us, permille, pauses, hold };
}
