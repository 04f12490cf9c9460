/**
 * The Authorize function. Trigger: a request at the HTTP API whose `Authorization` the gateway has not met for five
 * minutes. A duplicate is harmless: it reads and answers.
 */
import { parseEnvironment } from '../environment.ts';
import { createHandler } from './create-handler.ts';
import { AuthorizeEnv } from './env.ts';

export const handler = createHandler(parseEnvironment('Authorize', AuthorizeEnv, process.env));
