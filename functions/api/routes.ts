/** Every operation of the API, in one table: the gateway's routes, the handlers' names and the document derive from it. */
import * as z from 'zod/mini';

import { statuses } from '../detection/types.ts';

/** An answer, as the document describes it. */
export interface Answer {
  description: string;
  body?: 'Detection' | 'DetectionList' | 'Problem';
  headers?: Readonly<Record<string, { description: string; schema: { type: 'string' | 'integer' } }>>;
}

interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  summary: string;
  description?: string;
  /** The parameters in the query, each with its description. */
  query?: z.ZodMiniObject;
  body?: 'ExecutionInput';
  /** Its own answers; some others are common to all operations. */
  answers: Readonly<Record<number, Answer>>;
}

const described = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema =>
  schema.check(z.meta({ description }));

/** API Gateway accepts some 10 KB of request line and headers together. */
const maxCursorLength = 8 * 1_024;
const cursorRule = 'is not one that was given out here';
const cursor = described(
  z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9_-]+$/, cursorRule), z.maxLength(maxCursorLength, cursorRule)),
  ),
  'Continues where an earlier answer ended.',
);
export const listLimit = { default: 50, max: 1_000 } as const;
const limitRule = `must be a whole number from 1 to ${listLimit.max}`;
const limit = z.pipe(
  z.pipe(z.string().check(z.regex(/^\d{1,4}$/, limitRule)), z.transform(Number)),
  z.int().check(z.gte(1, limitRule), z.lte(listLimit.max, limitRule)),
);

const record = (description: string, headers?: Answer['headers']): Answer => ({
  description,
  body: 'Detection',
  ...(headers && { headers }),
});
const problem = (description: string): Answer => ({ description, body: 'Problem' });
const location = {
  Location: { description: 'The path of the record.', schema: { type: 'string' } },
} as const;
const noRecord = problem('The task has no record.');
const wrongId = problem('The id breaks a rule.');

export const routeList = {
  startDetection: {
    method: 'POST',
    path: '/detections',
    summary: 'Starts the polling of a task, or finds it started.',
    body: 'ExecutionInput',
    answers: {
      200: record('The task is known.', location),
      202: record('The polling has begun.', location),
      400: problem('The body cannot be read.'),
      409: problem('The task is known with another value of the named field.'),
      415: problem('The body is not JSON in UTF-8.'),
      422: problem('The body breaks a rule: field and rule are named.'),
    },
  },
  listDetections: {
    method: 'GET',
    path: '/detections',
    summary: 'The newest records, without their faces.',
    description: 'A page may hold fewer records than the limit, or none, and still have a next page.',
    query: z.object({
      status: described(
        z.optional(z.enum(statuses, `must be one of ${statuses.join(', ')}`)),
        'Only records of one status.',
      ),
      cursor,
      // eslint-disable-next-line no-underscore-dangle -- zod's own name
      limit: described(z._default(limit, listLimit.default), 'The largest number of records in the answer.'),
    }),
    answers: {
      200: { description: 'A page of records.', body: 'DetectionList' },
      400: problem('A parameter breaks a rule.'),
    },
  },
  getDetection: {
    method: 'GET',
    path: '/detections/{detect_task_id}',
    summary: 'The record of a task, with its faces.',
    description: 'At most 1,000 faces in an answer, fewer where links are long: follow the cursor.',
    query: z.object({ cursor }),
    answers: {
      200: record('The record.'),
      400: problem('The id or the cursor breaks a rule.'),
      404: noRecord,
      410: problem('The faces at the cursor are gone: the record was forgotten and begun again.'),
    },
  },
  forgetDetection: {
    method: 'DELETE',
    path: '/detections/{detect_task_id}',
    summary: 'Deletes everything stored of a task, and stops the polling of an open one.',
    answers: { 204: { description: 'The record is gone.' }, 400: wrongId, 404: noRecord },
  },
  retryDetection: {
    method: 'POST',
    path: '/detections/{detect_task_id}/retry',
    summary: 'Polls an abandoned task again.',
    answers: {
      202: record('The polling has begun again, or is under way.'),
      400: wrongId,
      404: noRecord,
      409: problem('The record succeeded or failed: it does not change any more.'),
    },
  },
} as const satisfies Record<string, Route>;

export type OperationId = keyof typeof routeList;
const routes = Object.entries(routeList) as [OperationId, Route][];

type Match =
  | { kind: 'operation'; operation: OperationId; detectTaskId: string | undefined }
  | { kind: 'wrong-method'; allowed: string[] }
  | { kind: 'unknown-path' };

/** Nothing is decoded: a task id has no letter that would need it. */
export function match(method: string, path: string): Match {
  const fitting = routes.flatMap(([operation, route]) => {
    const parameters = fit(route.path, path);
    return parameters === undefined ? [] : [{ operation, method: route.method, detectTaskId: parameters[0] }];
  });
  if (fitting.length === 0) return { kind: 'unknown-path' };
  const found = fitting.find((route) => route.method === method);
  if (found === undefined) return { kind: 'wrong-method', allowed: fitting.map((route) => route.method) };
  return { kind: 'operation', operation: found.operation, detectTaskId: found.detectTaskId };
}

/** The values of a template's parameters; nothing for another path. */
function fit(template: string, path: string): string[] | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: string[] = [];
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith('{') && value !== '') parameters.push(value);
    else if (segment !== value) return undefined;
  }
  return parameters;
}
