/** Every operation of the API, in one table: the gateway's routes, the handlers' names and the document derive from it. */
import * as z from 'zod/mini';

import { cursor, described, filters, maxActionTasks } from './selection.ts';

/** An answer, as the document describes it. */
export interface Answer {
  description: string;
  body?: 'Detection' | 'DetectionList' | 'ActionResult' | 'Rate' | 'Problem';
  /** Every answer has them, unless they are not `required`. */
  headers?: Readonly<
    Record<string, { description: string; required?: false; schema: { type: 'string' | 'integer' } }>
  >;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  summary: string;
  description?: string;
  /** The parameters in the query, each with its description. */
  query?: z.ZodMiniObject;
  body?: 'StartInput' | 'Selection';
  /** Its own answers; some others are common to all operations. */
  answers: Readonly<Record<number, Answer>>;
}

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

const onMany = (action: string, summary: string) =>
  ({
    method: 'POST',
    path: `/detections/actions/${action}`,
    summary,
    description: `At most ${maxActionTasks} tasks a request, by their ids or by what their records have in common; one line of JSON for each.`,
    body: 'Selection',
    answers: {
      200: {
        description: 'What became of each task.',
        body: 'ActionResult',
        headers: {
          'Next-Cursor': {
            description: 'Where records are left: the cursor of the next request.',
            required: false,
            schema: { type: 'string' },
          },
        },
      },
      400: problem('The body cannot be read, or the cursor breaks a rule.'),
      415: problem('The body is not JSON in UTF-8.'),
      422: problem('The body breaks a rule: field and rule are named.'),
    },
  }) as const;

export const routeList = {
  startDetection: {
    method: 'POST',
    path: '/detections',
    summary: 'Starts the polling of a task, or finds it started; without a task, submits media first.',
    body: 'StartInput',
    answers: {
      200: record('The task is known.', location),
      202: record('The polling has begun.', location),
      400: problem('The body cannot be read.'),
      409: problem(
        'The task, or the idempotency key, is known with another value of the named field; or the stack cannot submit.',
      ),
      415: problem('The body is not JSON in UTF-8.'),
      422: problem('The body breaks a rule, or the provider rejected the media.'),
      502: problem('The provider rejected the submission, or its outcome is not known: `code` says which.'),
    },
  },
  listDetections: {
    method: 'GET',
    path: '/detections',
    summary: 'The newest records, without their faces.',
    description: 'A page may hold fewer records than the limit, or none, and still have a next page.',
    query: z.object({
      ...filters,
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
  getFaceImage: {
    method: 'GET',
    path: '/detections/{detect_task_id}/faces/{face_id}',
    summary: 'The archived picture of a face.',
    description: 'On one machine the answer is the picture itself.',
    answers: {
      302: {
        description: 'The picture, at an address that is valid for 15 minutes.',
        headers: { Location: { description: 'The address.', schema: { type: 'string' } } },
      },
      400: problem('The id of the task or of the face breaks a rule.'),
      404: problem('There is no archived picture of this face.'),
    },
  },
  getRate: {
    method: 'GET',
    path: '/rate',
    summary: 'The rate limit of the calls to the provider, and what is in use.',
    answers: { 200: { description: 'The limit at the moment.', body: 'Rate' } },
  },
  forgetDetection: {
    method: 'DELETE',
    path: '/detections/{detect_task_id}',
    summary: 'Deletes everything stored of a task, and stops the polling of an open one.',
    answers: {
      204: { description: 'The record is gone.' },
      400: wrongId,
      404: noRecord,
      409: problem('Its pictures are in the bucket of an archive that is switched off.'),
    },
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
  cancelDetection: {
    method: 'POST',
    path: '/detections/{detect_task_id}/cancel',
    summary: 'Gives an open task up: its record becomes abandoned.',
    answers: {
      200: record('The polling was cancelled, now or before.'),
      400: wrongId,
      404: noRecord,
      409: problem('The record was final already.'),
    },
  },
  redeliverDetection: {
    method: 'POST',
    path: '/detections/{detect_task_id}/redeliver',
    summary: 'Delivers the webhook of a final record once more.',
    answers: {
      202: record('The webhook is due.'),
      400: wrongId,
      404: noRecord,
      409: problem('The record is not final, or has no webhook.'),
    },
  },
  retryDetections: onMany('retry', 'Polls abandoned tasks again.'),
  cancelDetections: onMany('cancel', 'Gives open tasks up.'),
  redeliverDetections: onMany('redeliver', 'Delivers the webhooks of final records once more.'),
} as const satisfies Record<string, Route>;

export type OperationId = keyof typeof routeList;
