import { Duration, Fn, Token } from 'aws-cdk-lib';
import type * as z from 'zod/mini';

import { allowedHost } from '../functions/detection/callback-rule.ts';
import type { RecordEnv } from '../functions/environment.ts';
import type { FaceDetectionPollerProps } from './props.ts';
import type { Runtime } from './runtime.ts';
import type { Table } from './table.ts';

/** What a function of the stack is given: every variable that it parses, except those that only an emulator may set. */
export type FunctionEnvironment<Schema extends z.ZodMiniType> = Record<
  Exclude<keyof z.input<Schema>, 'CALLBACK_LOOPBACK' | Budget>,
  string
> &
  Partial<Record<Budget & keyof z.input<Schema>, string>>;

type Budget = `${'FIRST' | 'LATER'}_INVOCATION_BUDGET_SECONDS`;

/** What every function knows about the records. */
export type RecordEnvironment = FunctionEnvironment<typeof RecordEnv>;

/** What every construct with a function that handles records is given. */
export interface RecordFunctionProps {
  readonly table: Table;
  readonly recordEnvironment: RecordEnvironment;
  readonly runtime: Runtime;
}

export const recordEnvironmentOf = (props: FaceDetectionPollerProps, table: Table): RecordEnvironment => ({
  TABLE_NAME: table.tableName,
  DEADLINE_SECONDS: String((props.deadline ?? Duration.hours(1)).toSeconds()),
  RETENTION_DAYS: String((props.retention ?? Duration.days(30)).toDays()),
  SHARDS: String(props.shards ?? 1),
  CALLBACK_HOSTS: hostList(props.callbackHosts) ?? '*',
  CALLBACK_PORTS: (props.callbackPorts ?? [443]).join(','),
});

/** A token stands for a host, or for the whole list. */
const hostList = (hosts: readonly string[] | undefined): string | undefined =>
  hosts !== undefined && Token.isUnresolved(hosts)
    ? Fn.join(',', [...hosts])
    : hosts?.map((host) => (Token.isUnresolved(host) ? host : allowedHost(host))).join(',');
