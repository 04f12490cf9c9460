/**
 * The Archive function. Trigger: the event of a record that succeeded, or an event for an archive that is due. A
 * duplicate is harmless: each run of faces is claimed on the record before a picture is written.
 */
import { parseEnvironment } from '../environment.ts';
import { createHandler } from './create-handler.ts';
import { ArchiveEnv } from './env.ts';

export const handler = createHandler(parseEnvironment('Archive', ArchiveEnv, process.env));
