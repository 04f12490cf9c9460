/**
 * What became of a submission, under its idempotency key: one item beside the records, in none of their indexes. It is
 * written before the call, so that no second one is made while the outcome of the first is unknown.
 */
import { createHash, randomUUID } from 'node:crypto';

import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { iso } from '../clock.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { sortedJson } from '../records/conflicting-field.ts';
import { fromItem, toItem } from '../records/item.ts';
import { key } from '../records/table.ts';
import { createUpdate, unlessConflict } from '../records/update.ts';
import type { DetectInput } from './input.ts';
import type { Nothing, Settled } from './outcome.ts';

interface Claim {
  /** Tells the request that sends from all others. */
  claim: string;
  /** When the item was written: the call comes after it. */
  claimed_at: string;
  /** Digests by field, of the provider too: a second request with the key must have the same. */
  parameters: Record<string, string>;
  /** Of an uploaded file: the address that the task was submitted with. */
  media_url?: string;
  expires_at: number;
}

export type Submission = Claim &
  (
    | { state: 'sending' }
    | { state: 'submitted'; task: DetectTaskId }
    | { state: 'unknown' }
    /** Nothing was created, so the key is free again; kept for the callers that wait for this one. */
    | { state: 'free'; outcome: Nothing }
  );

/**
 * A task is unusable an hour after its submission; a caller may repeat itself for longer. What is stored counts until the
 * database deletes it: by the clock of a sender that is behind, an item would be expired when it is written.
 */
const lifetimeMs = 24 * 60 * 60_000;

export interface SubmissionsDeps {
  client: DynamoDBClient;
  tableName: string;
  /** Names the provider: the task of another one is no answer. */
  provider: string;
  now: () => number;
}

/** No task id starts like this. */
const keyOf = (idempotencyKey: string): string => `#submission#${idempotencyKey}`;

export type Submissions = ReturnType<typeof createSubmissions>;

export function createSubmissions({ client, tableName: TableName, provider, now }: SubmissionsDeps) {
  const update = createUpdate<Submission & { task: DetectTaskId; outcome: Nothing }>({
    client,
    tableName: TableName,
  });
  async function read(idempotencyKey: string): Promise<Submission | undefined> {
    const Key = toItem({ [key]: keyOf(idempotencyKey) });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Item && fromItem<Submission>(Item);
  }

  return {
    read,

    /** The field in which a request differs from the one that took the key. */
    differingField(submission: Submission, input: DetectInput): string | undefined {
      const given = digestsOf(input, provider);
      const names = new Set([...Object.keys(given), ...Object.keys(submission.parameters)]);
      const field = [...names].find((name) => given[name] !== submission.parameters[name]);
      return field === 'media' ? 'media_url' : field;
    },

    /** Takes the key, if nothing was sent with it. The caller may call the provider then, and no other may. */
    async claim(input: DetectInput & { idempotency_key: string }): Promise<Submission | 'conflict'> {
      const { idempotency_key, media_url, media_sha256 } = input;
      const nowMs = now();
      const item: Submission = {
        state: 'sending',
        claim: randomUUID(),
        claimed_at: iso(nowMs),
        parameters: digestsOf(input, provider),
        ...(media_sha256 !== undefined && { media_url }),
        expires_at: Math.ceil((nowMs + lifetimeMs) / 1_000),
      };
      const command = new PutItemCommand({
        TableName,
        Item: toItem({ [key]: keyOf(idempotency_key), ...item }),
        ConditionExpression: `attribute_not_exists(#${key}) OR #state = :free OR #claim = :claim`,
        ExpressionAttributeNames: Object.fromEntries(
          [key, 'state', 'claim'].map((name) => [`#${name}`, name]),
        ),
        // Its own claim: a write whose acknowledgement was lost is repeated by the SDK.
        ExpressionAttributeValues: toItem({ ':free': 'free', ':claim': item.claim }),
      });
      return (await unlessConflict(client.send(command))) === 'conflict' ? 'conflict' : item;
    },

    /** Only the claim's owner writes, and once: a conflict is its own write, whose acknowledgement was lost. */
    async settle(idempotencyKey: string, { claim }: Submission, outcome: Settled): Promise<void> {
      await update(keyOf(idempotencyKey), {
        set:
          outcome.kind === 'created'
            ? { state: 'submitted', task: outcome.detectTaskId }
            : outcome.kind === 'unknown'
              ? { state: 'unknown' }
              : { state: 'free', outcome },
        condition: '#claim = :claim AND #state = :sending',
        values: { claim, sending: 'sending' },
      });
    },
  };
}

const digest = (value: unknown): string =>
  createHash('sha256')
    .update(sortedJson(value) ?? '')
    .digest('base64url')
    .slice(0, 22);

/** Without the key itself; a file counts by its content, because each upload has another address. */
function digestsOf(input: DetectInput, provider: string): Record<string, string> {
  const { idempotency_key: _, media_url, media_sha256, ...rest } = input;
  const parameters = { provider, media: media_sha256 ?? media_url, ...rest };
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, digest(value)]],
    ),
  );
}
