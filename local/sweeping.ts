/**
 * Runs while a process polls: every minute the sweep that AWS schedules, and every hour the deletion of expired items,
 * which DynamoDB has built in and the embedded database has not.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';

import { DetectTaskId } from '../functions/detection/input.ts';
import type { RecordsDeps } from '../functions/records/head.ts';
import { expiry, key } from '../functions/records/table.ts';
import { unlessConflict } from '../functions/records/update.ts';
import { assembleSweep, type SweepClients } from '../functions/sweep/assemble.ts';
import { providerOf } from './processes.ts';
import { restoreDueRows } from './restore-due-rows.ts';
import { type LocalWorkflow, processOf } from './workflow.ts';

export interface SweepingDeps extends Pick<SweepClients, 'records' | 'put' | 'clock' | 'telemetry'> {
  dynamodb: DynamoDBClient;
  tableName: string;
  deletePictures?: RecordsDeps['deletePictures'];
  workflow: LocalWorkflow;
  /** This process: it does not poll records of another provider. */
  processId: string;
}

const everyMs = 60_000;
/** Records live for days; looking for expired ones reads the whole table. */
const expireEveryMs = 60 * 60_000;
/** A process is known to be dead before the leases of its executions expire, however long they wait. */
const lookAheadMs = 24 * 60 * 60_000;
/** Small pages, so that the database answers other callers in between. */
const scanLimit = 200;

export interface Sweeping {
  /** One round at once. */
  now(): Promise<void>;
  /** Resolves when no round is under way. */
  stop(): Promise<void>;
}

export function startSweeping(deps: SweepingDeps): Sweeping {
  const { workflow, clock } = deps;
  const isOurs = (executionArn: string): boolean =>
    providerOf(processOf(executionArn) ?? '') === providerOf(deps.processId);
  const sweep = assembleSweep({
    ...deps,
    workflow: {
      ...workflow,
      isLost: async (arn) => isOurs(arn) && workflow.isLost(arn),
      // Left until its deadline: a process that polls that provider may still take it over.
      status: async (arn) => (isOurs(arn) ? workflow.status(arn) : 'running'),
    },
    lookAheadMs,
  });
  let expireAtMs = clock.now();
  let underWay: Promise<void> | undefined;

  async function round(): Promise<void> {
    await sweep(Infinity);
    if (clock.now() < expireAtMs) return;
    expireAtMs = clock.now() + expireEveryMs;
    await deleteExpired(deps, clock.now());
    // What was not found just now need not wait for a minute.
    if ((await restoreDueRows(deps)) > 0) await sweep(Infinity);
  }

  function sweepNow(): Promise<void> {
    underWay ??= round().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  // A record that failed is still due in a minute; a database that is gone also fails the calls of a command.
  const quietly = (): void => void sweepNow().catch(() => {});
  const timer = setInterval(quietly, everyMs);
  timer.unref();
  quietly();
  return {
    now: sweepNow,
    async stop() {
      clearInterval(timer);
      await underWay?.catch(() => {});
    },
  };
}

/** Heads, pages and tombstones alike. Conditional, because a start may replace an expired record meanwhile. */
async function deleteExpired(deps: SweepingDeps, nowMs: number): Promise<void> {
  const { dynamodb: client, tableName: TableName, deletePictures } = deps;
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
      // Pages of faces have longer keys, and other items of the table begin with a sign that no id has.
      const id = DetectTaskId.safeParse(item[key]?.S);
      // First: nothing but the record tells of them.
      if (id.success) await deletePictures?.(id.data, Number(item['attempt']?.N ?? 1));
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
