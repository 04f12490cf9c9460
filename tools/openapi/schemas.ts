/** The schemas of the API's document: the schemas of the code, with a description of each part. */
import * as z from 'zod/mini';

import { type ActionResult } from '../../functions/api/actions.ts';
import type { RateBody } from '../../functions/api/answers.ts';
import { Selection } from '../../functions/api/selection.ts';
import { holdCodes } from '../../functions/detection/error-codes.ts';
import {
  DeliverySchema,
  ErrorSchema,
  FaceSchema,
  type FieldName,
  fields,
  instant,
  type Presence,
  readerNames,
} from '../../functions/detection/fields.ts';
import { DetectTaskId, ExecutionInput } from '../../functions/detection/input.ts';
import { listedNames } from '../../functions/records/list.ts';
import { DetectInput } from '../../functions/submit/input.ts';
import { type Json, uri } from './operations.ts';

/** How a description says which records have the attribute. */
const when: Record<Presence, string> = {
  always: '',
  some: '',
  final: '',
  succeeded: ' Only when succeeded.',
  'some succeeded': ' Only when succeeded.',
  unsuccessful: ' Only when failed or abandoned.',
};

const schemaOf = (name: FieldName): z.ZodMiniType =>
  fields[name].presence === 'always' ? fields[name].schema : z.exactOptional(fields[name].schema);
const shapeOf = (names: readonly FieldName[]) =>
  Object.fromEntries(names.map((name) => [name, schemaOf(name)]));
const detailsOf = (names: readonly FieldName[]) =>
  Object.fromEntries(
    names.map((name) => [name, { description: fields[name].description + when[fields[name].presence] }]),
  );

const cursor = z.exactOptional(z.string());
const cursorDetails = { description: 'Opaque: gives the next page. Absent on the last one.' };
const ListedSchema = z.object(shapeOf(listedNames));

const schemas = {
  StartInput: z.union([ExecutionInput, DetectInput]),
  ExecutionInput,
  DetectInput,
  Detection: z.object({
    ...shapeOf(readerNames),
    faces: z.exactOptional(z.array(FaceSchema).check(z.maxLength(1_000))),
    cursor,
  }),
  DetectionError: ErrorSchema,
  Delivery: DeliverySchema,
  ListedDetection: ListedSchema,
  DetectionList: z.object({ detections: z.array(ListedSchema), cursor }),
  Face: FaceSchema,
  Selection,
  ActionResult: z.object({
    detect_task_id: DetectTaskId,
    status: z.int(),
    detail: z.exactOptional(z.string()),
    field: z.exactOptional(z.string()),
  } satisfies { [Name in keyof Required<ActionResult>]: z.ZodMiniType }),
  Rate: z.object({
    limit: z.exactOptional(z.number()),
    effective: z.exactOptional(z.number()),
    booked: z.int(),
    next_at: instant,
    paused_until: z.exactOptional(instant),
    hold: z.exactOptional(z.enum(holdCodes)),
  } satisfies { [Name in keyof Required<RateBody>]: z.ZodMiniType }),
  /** https://www.rfc-editor.org/rfc/rfc9457 */
  Problem: z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    field: z.exactOptional(z.string()),
    code: z.exactOptional(z.string()),
    provider_code: z.exactOptional(z.int()),
    provider_message: z.exactOptional(z.string()),
  }),
};

const callersDetails = {
  media_type: { description: fields.media_type.description },
  callback_url: {
    format: 'uri',
    maxLength: 2_048,
    description: 'Where the webhook goes: https, at most 2 KB.',
  },
  deadline_seconds: { description: 'How long polling may take.' },
  metadata: {
    type: 'object',
    // Without it generators take it for an object that has no fields.
    additionalProperties: true,
    description: 'An object of yours to keep with the record: at most 2 KB of JSON.',
  },
} satisfies Record<string, Json>;

/** What each part means, and the checks that are code and have no JSON Schema. */
const details: {
  [Name in keyof typeof schemas]: { [Part in keyof z.infer<(typeof schemas)[Name]>]?: Json };
} = {
  StartInput: {},
  ExecutionInput: {
    detect_task_id: { description: fields.detect_task_id.description },
    media_url: {
      format: 'uri',
      maxLength: 2_048,
      description: 'The media that was submitted: http or https, at most 2 KB.',
    },
    submitted_at: { description: 'When the task was submitted: ISO 8601 with a time zone.' },
    ...callersDetails,
  },
  DetectInput: {
    media_url: {
      format: 'uri',
      maxLength: 2_048,
      description: 'The media to submit: http or https, at most 2 KB.',
    },
    media_sha256: { description: 'Of an uploaded file: the key counts for this content, whatever its URL.' },
    idempotency_key: { description: 'At most one submission for each key, for a day.' },
    ...callersDetails,
  },
  Detection: { ...detailsOf(readerNames), cursor: cursorDetails },
  DetectionError: {
    message: { description: 'A fixed sentence for the code.' },
    provider_message: { description: "The provider's own words." },
    retryable: { description: 'True for an abandoned detection: it may be retried.' },
  },
  Delivery: {
    id: { description: 'The webhook-id of every attempt.' },
    attempts: { description: 'Attempts so far.' },
    last_status: { description: "The receiver's last HTTP status." },
    next_at: { description: 'When the next attempt is due.' },
    history: { description: 'The attempts, oldest first: what the receiver answered, or why it did not.' },
  },
  ListedDetection: detailsOf(listedNames),
  DetectionList: { cursor: cursorDetails },
  Selection: {
    detect_task_ids: { description: 'The tasks. Not with `status`, `error`, `before` or `cursor`.' },
    before: { format: 'date-time' },
  },
  ActionResult: {
    status: { description: 'The HTTP status that a request for this task alone would have.' },
    detail: { description: 'Where it was rejected: one sentence.' },
  },
  Face: { link: { description: 'The cropped image. Anyone with the link can open it.' } },
  Rate: {
    limit: { description: 'Calls a second by the settings; 0: no limit.' },
    effective: { description: "What the provider's answers leave of them at the moment." },
    booked: { description: 'Calls that have a slot reserved.' },
    next_at: { description: 'When the next new call would come.' },
    paused_until: { description: 'Until when an answer of the provider stops the calls.' },
    hold: { description: 'The error that stops them.' },
  },
  Problem: {
    detail: { description: 'One sentence; where a field is at fault, the field and the rule.' },
    field: { description: 'The field, the parameter or the attribute at fault.' },
    code: { description: 'How a submission came to nothing.' },
    provider_code: { description: "The provider's code, if it rejected the submission." },
    provider_message: { description: "The provider's own words." },
  },
};

function override({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Json }): void {
  if (zodSchema === instant) jsonSchema['format'] = 'date-time';
  // Bounds that every JavaScript integer has say nothing.
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
}

export function openApiSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  // `input` leaves objects open: readers must expect attributes that are added later.
  const generated = z.toJSONSchema(registry, { io: 'input', unrepresentable: 'any', uri, override });
  const bare = Object.entries(generated.schemas).map(([id, { $schema: _s, $id: _i, ...schema }]) => {
    const properties = (schema.properties ?? {}) as Record<string, Json>;
    for (const [part, detail] of Object.entries(details[id as keyof typeof details]))
      properties[part] = { ...properties[part], ...(detail as Json) };
    return [id, schema];
  });
  return Object.fromEntries(bare) as Json;
}
