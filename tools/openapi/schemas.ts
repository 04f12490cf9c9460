/** What the API answers, as schemas: the document is generated from these, and answers are tested against it. */
import * as z from 'zod/mini';

import {
  abandonmentCodes,
  type DetectionError,
  failureCodes,
} from '../../functions/detection/error-codes.ts';
import { DetectTaskId } from '../../functions/detection/input.ts';
import { deliveryStates, type Detection, type Face, statuses } from '../../functions/detection/types.ts';
import type { Listed } from '../../functions/records/query.ts';

/** A schema for each attribute: one that is forgotten, or misspelt, does not compile. */
type Shape<T> = { [Name in keyof Required<T>]: z.ZodMiniType<T[Name]> };

const said = <T extends z.ZodMiniType>(schema: T, description: string, more: object = {}): T =>
  schema.check(z.meta({ description, ...more }));
const instant = (description: string) => said(z.string(), description, { format: 'date-time' });
const count = (description: string) => said(z.int().check(z.gte(0)), description);

export const FaceSchema = z.object({
  id: z.int(),
  link: said(z.string(), 'The cropped image. Whoever has the link can open it.'),
} satisfies Shape<Face>);

export const ErrorSchema = z.object({
  code: z.enum([...failureCodes, ...abandonmentCodes]),
  message: said(z.string(), 'A fixed sentence for the code.'),
  provider_code: z.exactOptional(z.string()),
  provider_message: said(z.exactOptional(z.string()), "The provider's own words."),
  retryable: said(z.boolean(), 'True for an abandoned detection: it may be retried.'),
} satisfies Shape<DetectionError>);

const Cursor = said(z.exactOptional(z.string()), 'Opaque: gives the next page. Absent on the last one.');
const Status = said(
  z.enum(statuses),
  'The last three are final; only an abandoned detection may be reopened.',
);

const detection = {
  detect_task_id: DetectTaskId,
  status: Status,
  detect_id: said(z.exactOptional(z.string()), 'When succeeded: what a face swap needs.'),
  face_count: z.exactOptional(count('When succeeded: how many faces there are, on all pages.')),
  faces: said(
    z.exactOptional(z.array(FaceSchema).check(z.maxLength(1_000))),
    "When succeeded: in the provider's order.",
  ),
  error: z.exactOptional(ErrorSchema),
  attempt: z.int().check(z.gte(1)),
  execution_name: z.string(),
  execution_arn: z.string(),
  deadline_seconds: z.int(),
  deadline_at: instant('When the current attempt ends, with an answer or without.'),
  polls: count('Calls to the provider.'),
  invocations: count('Invocations of the function.'),
  transitions: count('States entered.'),
  lambda_ms: said(z.number().check(z.gte(0)), 'Milliseconds of function time.'),
  executions: z.exactOptional(count('Executions that polled.')),
  workflow_ms: said(z.exactOptional(z.number().check(z.gte(0))), 'Milliseconds that they ran.'),
  memory_mb: z.exactOptional(count('Memory of the function, in MB.')),
  created_at: instant('When the record began.'),
  updated_at: instant('When it was last written.'),
  final_at: z.exactOptional(instant('When it became final.')),
  submitted_at: said(z.exactOptional(z.string()), 'From the caller, as it was given: ISO 8601.'),
  media_url: z.exactOptional(z.string()),
  callback_url: z.exactOptional(z.string()),
  metadata: z.exactOptional(z.record(z.string(), z.unknown())),
  usable_until: instant('Until when the detect_id can be used, as far as anybody knows.'),
  usable_until_assumed: said(z.boolean(), 'True where nobody said when the task was submitted.'),
  provider_started_at: said(z.exactOptional(z.union([z.string(), z.number()])), 'As the provider sent it.'),
  provider_finished_at: said(z.exactOptional(z.union([z.string(), z.number()])), 'As the provider sent it.'),
  delivery: z.exactOptional(
    z.object({
      id: said(z.string(), 'The webhook-id of every attempt.'),
      state: z.enum(deliveryStates),
      attempts: count('Attempts so far.'),
      last_status: z.exactOptional(z.int()),
      next_at: z.exactOptional(instant('When the next attempt is due.')),
      history: z.array(
        z.object({
          at: instant('When the attempt began.'),
          status: z.exactOptional(z.int()),
          fault: said(z.exactOptional(z.string()), 'What kept the receiver from answering.'),
        }),
      ),
    }),
  ),
  expires_at: said(z.int(), 'Epoch seconds. What is past counts as absent.'),
} satisfies Shape<Detection>;

export const DetectionSchema = z.object({ ...detection, cursor: Cursor });

export const ListSchema = z.object({
  detections: z.array(
    z.object({
      detect_task_id: DetectTaskId,
      status: Status,
      updated_at: instant('When the record was last written.'),
      face_count: detection.face_count,
    } satisfies Shape<Listed>),
  ),
  cursor: Cursor,
});

/** https://www.rfc-editor.org/rfc/rfc9457 */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: said(z.string(), 'One sentence; where a field is at fault, the field and the rule.'),
  field: said(z.exactOptional(z.string()), 'The field, the parameter or the attribute at fault.'),
});
