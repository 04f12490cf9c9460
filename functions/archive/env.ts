import * as z from 'zod/mini';

import { RecordEnv } from '../environment.ts';

/** The environment of the Archive function. `infra/` must satisfy its keys; only the handler reads it. */
export const ArchiveEnv = z.extend(RecordEnv, {
  ARCHIVE_BUCKET: z.string().check(z.minLength(1)),
  EVENT_BUS_NAME: z.string().check(z.minLength(1)),
  /** Where links may be loopback addresses: for emulators of AWS, whose provider is a simulator. No prop sets it. */
  SIMULATOR_ORIGIN: z.optional(z.string()),
});
export type ArchiveEnv = z.infer<typeof ArchiveEnv>;
