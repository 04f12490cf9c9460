import { Duration, Fn, Token } from 'aws-cdk-lib';
import type * as z from 'zod/mini';

import { allowedHost } from '../functions/detection/callback-rule.ts';
import type { RecordEnv } from '../functions/environment.ts';
import type { FaceDetectionPollerProps } from './props.ts';
import type { Runtime } from './runtime.ts';
import type { Table } from './table.ts';

/** What a function of the stack is given: every variable that it parses, except those that only an emulator may set. */
export type FunctionEnvironment<Schema extends z.ZodMiniType> = Record<
  Exclude<keyof z.input<Schema>, 'CALLBACK_LOOPBACK' | 'SIMULATOR_ORIGIN' | Optional>,
  string
> &
  Partial<Record<Optional & keyof z.input<Schema>, string>>;

type Optional = `${'FIRST' | 'LATER'}_INVOCATION_BUDGET_SECONDS` | 'ARCHIVE_BUCKET';

/** What every function knows about the records. */
export type RecordEnvironment = FunctionEnvironment<typeof RecordEnv>;

/** What every construct with a function that handles records is given. */
export interface RecordFunctionProps {
  readonly table: Table;
  readonly recordEnvironment: RecordEnvironment;
  readonly runtime: Runtime;
}

export const retentionOf = ({ retention = Duration.days(30) }: FaceDetectionPollerProps): Duration =>
  retention;

export const recordEnvironmentOf = (
  props: FaceDetectionPollerProps,
  table: Table,
  bucketName?: string,
): RecordEnvironment => ({
  ...(bucketName !== undefined && { ARCHIVE_BUCKET: bucketName }),
  TABLE_NAME: table.tableName,
  DEADLINE_SECONDS: String((props.deadline ?? Duration.hours(1)).toSeconds()),
  RETENTION_DAYS: String(retentionOf(props).toDays()),
  SHARDS: String(props.shards ?? 1),
  CALLBACK_HOSTS: hostList(props.callbackHosts) ?? '*',
  CALLBACK_PORTS: (props.callbackPorts ?? [443]).join(','),
});

/** A token stands for a host, or for the whole list. */
const hostList = (hosts: readonly string[] | undefined): string | undefined =>
  hosts !== undefined && Token.isUnresolved(hosts)
    ? Fn.join(',', [...hosts])
    : hosts?.map((host) => (Token.isUnresolved(host) ? host : allowedHost(host))).join(',');
