/**
 * The Api function. Trigger: one request at the HTTP API. A duplicate is harmless: a start finds its record, a retry
 * the attempt under way, and a record that was forgotten is absent.
 */
import { parseEnvironment } from '../environment.ts';
import { createHandler } from './create-handler.ts';
import { ApiEnv } from './env.ts';

export const handler = createHandler(parseEnvironment('Api', ApiEnv, process.env));
