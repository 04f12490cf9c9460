import type * as z from 'zod/mini';

import type { RecordEnv } from '../functions/environment.ts';

/** What a function of the stack is given: all that it parses, but for what only an emulator may set. */
export type FunctionEnvironment<Schema extends z.ZodMiniType> = Record<
  Exclude<keyof z.input<Schema>, 'CALLBACK_LOOPBACK' | 'INVOCATION_BUDGET_SECONDS'>,
  string
> &
  Partial<Record<'INVOCATION_BUDGET_SECONDS' & keyof z.input<Schema>, string>>;

/** What every function knows of the records but their table's name. */
export type RecordEnvironment = Omit<FunctionEnvironment<typeof RecordEnv>, 'TABLE_NAME'>;
