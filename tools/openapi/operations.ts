/** What each operation takes and answers, as the API's document says it. */
import * as z from 'zod/mini';

import { GetParameters, listLimit, ListParameters, maxBodyBytes } from '../../functions/api/input.ts';
import type { OperationId } from '../../functions/api/routes.ts';
import { DetectTaskId } from '../../functions/detection/input.ts';

export type Json = Record<string, unknown>;

interface Operation {
  summary: string;
  description?: string;
  parameters?: Json[];
  requestBody?: Json;
  /** Those of its own; what every operation may answer comes on top. */
  responses: Record<number, Json>;
}

export const uri = (name: string): string => `#/components/schemas/${name}`;
const ref = (name: string): Json => ({ $ref: uri(name) });
const as = (type: string, schema: Json): Json => ({ [type]: { schema } });

const parameter = (name: string, place: 'path' | 'query', schema: Json, description: string): Json => ({
  name,
  in: place,
  required: place === 'path',
  description,
  schema,
});

const queryDetails = {
  status: { description: 'Only those of one status.' },
  cursor: { description: 'Goes on where an earlier answer ended.' },
  // It arrives as text, and means a number.
  limit: {
    description: 'How many at the most.',
    type: 'integer',
    minimum: 1,
    maximum: listLimit.max,
    default: listLimit.default,
  },
} satisfies Record<keyof z.infer<typeof ListParameters>, Json>;

function queryParameters(schema: z.ZodMiniObject): Json[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, generated]) => {
    const { description, ...details } = queryDetails[name as keyof typeof queryDetails];
    const { pattern, ...rest } = generated as Json;
    const isText = !('type' in details);
    return parameter(
      name,
      'query',
      { ...rest, ...(isText && pattern !== undefined && { pattern }), ...details },
      description,
    );
  });
}

const theId = parameter(
  'detect_task_id',
  'path',
  z.toJSONSchema(DetectTaskId),
  "The provider's name of the task.",
);
delete (theId['schema'] as Json)['$schema'];

const record = (description: string): Json => ({
  description,
  content: as('application/json', ref('Detection')),
});
const problem = (description: string, headers?: Json): Json => ({
  description,
  ...(headers && { headers }),
  content: as('application/problem+json', ref('Problem')),
});
const header = (description: string, type = 'string'): Json => ({ description, schema: { type } });

export const operations: Record<OperationId, Operation> = {
  startDetection: {
    summary: 'Starts the polling of a task, or finds it started.',
    requestBody: { required: true, content: as('application/json', ref('ExecutionInput')) },
    responses: {
      200: { ...record('The task is known.'), headers: { Location: header('Where the record is.') } },
      202: { ...record('The polling has begun.'), headers: { Location: header('Where the record is.') } },
      400: problem('The body cannot be read.'),
      409: problem('The task is known with another value of the field that is named.'),
      415: problem('The body is no JSON in UTF-8.'),
      422: problem('The body breaks a rule: field and rule are named.'),
    },
  },
  listDetections: {
    summary: 'The newest records, without their faces.',
    description: 'A page may hold fewer than the limit, or none, and still have a next one.',
    parameters: queryParameters(ListParameters),
    responses: {
      200: { description: 'A page of them.', content: as('application/json', ref('DetectionList')) },
      400: problem('A parameter breaks a rule.'),
    },
  },
  getDetection: {
    summary: 'The record of a task, with its faces.',
    description: 'At most 1,000 faces an answer, fewer where links are long: follow the cursor.',
    parameters: [theId, ...queryParameters(GetParameters)],
    responses: {
      200: record('The record.'),
      400: problem('The id or the cursor breaks a rule.'),
      404: problem('There is no record of this task.'),
      410: problem(
        'The faces that the cursor points into are gone: the record was forgotten and begun anew.',
      ),
    },
  },
  forgetDetection: {
    summary: 'Deletes everything stored of a task, and stops the polling of an open one.',
    parameters: [theId],
    responses: {
      204: { description: 'It is gone.' },
      400: problem('The id breaks a rule.'),
      404: problem('There is no record of this task.'),
    },
  },
  retryDetection: {
    summary: 'Takes an abandoned task up again.',
    parameters: [theId],
    responses: {
      202: record('The polling has begun anew, or is under way.'),
      400: problem('The id breaks a rule.'),
      404: problem('There is no record of this task.'),
      409: problem('The record is settled: it succeeded or failed.'),
    },
  },
};

/** A deployment's gateway answers some by itself, in a form of its own. */
export const always: Record<string, Json> = {
  401: problem('On one machine: the token is missing or wrong.'),
  403: { description: 'Not authorised, in the form of the gateway; on one machine: sent by a web page.' },
  413: problem(`The body is longer than ${maxBodyBytes} bytes.`),
  421: problem('On one machine: the request names another host.'),
  429: { description: 'Throttled by the gateway, in its own form: ask again later.' },
  500: problem('A fault of ours.'),
  503: problem('It may pass: ask again.', { 'Retry-After': header('In so many seconds.', 'integer') }),
};
