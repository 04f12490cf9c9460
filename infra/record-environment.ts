import type * as z from 'zod/mini';

import type { RecordEnv } from '../functions/environment.ts';

/** What every function knows of the records but their table's name. */
export type RecordEnvironment = Record<Exclude<keyof z.input<typeof RecordEnv>, 'TABLE_NAME'>, string>;
