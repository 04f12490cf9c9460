/**
 * The Deliver function. Trigger: the event of a final record that has a callback, or the sweep's event for a delivery
 * that is due. A duplicate is harmless: an attempt is claimed on the record before it is made.
 */
import { parseEnvironment } from '../../environment.ts';
import { createHandler } from './create-handler.ts';
import { DeliverEnv } from './env.ts';

export const handler = createHandler(parseEnvironment('Deliver', DeliverEnv, process.env));
