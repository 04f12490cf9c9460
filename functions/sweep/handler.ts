/**
 * The Sweep function. Trigger: a schedule, every minute. A run that overlaps another, comes late or finds nothing is
 * harmless: every step is a condition on the record as it was read.
 */
import { parseEnvironment } from '../environment.ts';
import { createHandler } from './create-handler.ts';
import { SweepEnv } from './env.ts';

export const handler = createHandler(parseEnvironment('Sweep', SweepEnv, process.env));
