/**
 * What keeps the records of one machine true while a process polls: the sweep that AWS runs every minute, and the
 * deletion of what expired, which DynamoDB does by itself and the embedded database does not.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';

import { ensureRunning } from '../functions/control/start.ts';
import type { RecordsDeps } from '../functions/records/head.ts';
import type { Records } from '../functions/records/records.ts';
import { expiry, key } from '../functions/records/table.ts';
import { unlessConflict } from '../functions/records/update.ts';
import { createSweep, type SweepDeps } from '../functions/sweep/sweep.ts';
import type { Notifier } from './notifier.ts';
import { providerKindOf } from './processes.ts';
import { type LocalWorkflow, processOf } from './workflow.ts';

export interface SweepingDeps extends RecordsDeps {
  records: Records;
  workflow: LocalWorkflow;
  notifier: Pick<Notifier, 'publish' | 'startDelivery'>;
  clock: SweepDeps['clock'];
  /** This process: what was polled at another provider is not its to take up. */
  processId: string;
}

const everyMs = 60_000;
/** Expiring takes days; looking for it reads the whole table. */
const expireEveryMs = 60 * 60_000;
/** A process that died is known to be gone before its records are overdue, however long they wait. */
const lookAheadMs = 24 * 60 * 60_000;
/** Few at a time, so that the database answers others in between. */
const scanLimit = 200;

export interface Sweeping {
  /** One round, for whoever cannot wait a minute. */
  now(): Promise<void>;
  stop(): void;
}

export function startSweeping(deps: SweepingDeps): Sweeping {
  const { records, workflow, clock } = deps;
  const isOurs = (executionArn: string): boolean =>
    providerKindOf(processOf(executionArn) ?? '') === providerKindOf(deps.processId);
  const sweep = createSweep({
    records,
    ensureRunning: (head) => ensureRunning({ records, workflow }, head),
    publish: deps.notifier.publish,
    startDelivery: deps.notifier.startDelivery,
    workflow: {
      isLost: async (arn) => isOurs(arn) && workflow.isLost(arn),
      // Left until its deadline: whoever polls that provider may yet come for it.
      status: async (arn) => (isOurs(arn) ? workflow.status(arn) : 'running'),
    },
    clock,
    lookAheadMs,
    log: () => {},
    measure: () => {},
  });
  let expireAtMs = clock.now();
  let underWay: Promise<void> | undefined;

  async function round(): Promise<void> {
    await sweep(Infinity);
    if (clock.now() < expireAtMs) return;
    expireAtMs = clock.now() + expireEveryMs;
    await deleteExpired(deps.client, deps.tableName, clock.now());
  }

  function sweepNow(): Promise<void> {
    underWay ??= round().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  // What fails is still overdue in a minute; a database that is gone is said by the calls that people wait for.
  const quietly = (): void => void sweepNow().catch(() => {});
  const timer = setInterval(quietly, everyMs);
  timer.unref();
  quietly();
  return { now: sweepNow, stop: () => clearInterval(timer) };
}

/** Heads, pages and tombstones alike; on condition, because a start may replace what expired meanwhile. */
async function deleteExpired(client: DynamoDBClient, TableName: string, nowMs: number): Promise<void> {
  const expired = {
    ExpressionAttributeNames: { '#expiry': expiry },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1_000)) } },
  };
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({
        TableName,
        ...expired,
        FilterExpression: '#expiry <= :now',
        Limit: scanLimit,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) {
      const command = new DeleteItemCommand({
        TableName,
        Key: { [key]: item[key] ?? { NULL: true } },
        ...expired,
        ConditionExpression: '#expiry <= :now',
      });
      await unlessConflict(client.send(command));
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
