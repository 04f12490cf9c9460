/** How a request selects records. */
import * as z from 'zod/mini';

import { type ErrorCode, errorCodes } from '../detection/error-codes.ts';
import { anObject, DetectTaskId, Instant } from '../detection/input.ts';
import { statuses } from '../detection/types.ts';

export const described = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema =>
  schema.check(z.meta({ description }));

/** API Gateway accepts some 10 KB of request line and headers together. */
const maxCursorLength = 8 * 1_024;
const cursorRule = 'is not one that was given out here';
export const cursor = described(
  z.exactOptional(
    z.string().check(z.regex(/^[A-Za-z0-9_-]+$/, cursorRule), z.maxLength(maxCursorLength, cursorRule)),
  ),
  'Continues where an earlier answer ended.',
);
const error = z.enum(Object.keys(errorCodes) as ErrorCode[], 'must be an error code of a record');
export const filters = {
  status: described(
    z.exactOptional(z.enum(statuses, `must be one of ${statuses.join(', ')}`)),
    'Only records of one status.',
  ),
  error: described(z.exactOptional(error), 'Only records with this error code.'),
  before: described(z.exactOptional(Instant), 'Only records that were last written before this instant.'),
  cursor,
};

/** What an action on many tasks takes: their ids, or what their records have in common. */
export const maxActionTasks = 100;
const idsRule = `must be 1 to ${maxActionTasks} ids`;
export const Selection = z
  .strictObject(
    {
      detect_task_ids: z.exactOptional(
        z.array(DetectTaskId, idsRule).check(z.minLength(1, idsRule), z.maxLength(maxActionTasks, idsRule)),
      ),
      ...filters,
    },
    anObject,
  )
  .check(
    z.refine(
      ({ detect_task_ids, ...others }) => (detect_task_ids === undefined) === (others.status !== undefined),
      {
        error: 'must be given, either alone or replaced by status',
        path: ['detect_task_ids'],
      },
    ),
  );
export type Selection = z.infer<typeof Selection>;
