/**
 * The record of a task, attribute by attribute. Types, schemas, lists and the documents' tables derive from these rows:
 * a new attribute is one row, and no column of it can be left out.
 */
import * as z from 'zod/mini';

import { abandonmentCodes, type DetectionError, failureCodes } from './error-codes.ts';
import { FaceId } from './face-id.ts';
import { DetectTaskId, MediaTypeSchema } from './input.ts';
import { type Archive, archiveStates, type Delivery, deliveryStates, type Face, statuses } from './types.ts';

/** Which records have the attribute. `some`: if the caller or the provider gave it, or it is small enough. */
export type Presence = 'always' | 'final' | 'succeeded' | 'unsuccessful' | 'some succeeded' | 'some';

/**
 * Where the attribute is seen: in the table alone; also by the client, the command line and the API; also in webhook
 * payloads. Every attempt sends the same payload, so what may change in a final record is not for receivers.
 */
export type Audience = 'internal' | 'readers' | 'receivers';

const rowFor =
  <const Seen extends Audience>(audience: Seen) =>
  <Schema extends z.ZodMiniType, const When extends Presence, const Index extends 'by_status'>(
    schema: Schema,
    presence: When,
    description: string,
    /** The index that holds a copy: each change is then billed as a second write. */
    index?: Index,
  ) => ({ schema, presence, audience, description, index });
const internal = rowFor('internal');
const readers = rowFor('readers');
const receivers = rowFor('receivers');

/** A schema for each attribute: a missing or misspelt one does not compile. */
type Shape<T> = { [Name in keyof Required<T>]: z.ZodMiniType<T[Name]> };

const text = z.string();
const count = z.int().check(z.gte(0));
const milliseconds = z.number().check(z.gte(0));
/** By our clock: ISO 8601, UTC, with milliseconds. */
export const instant = z.string();
const providerTime = z.union([z.string(), z.number()]);

export const FaceSchema = z.object({ id: FaceId, link: z.string() } satisfies Shape<Face>);

export const ErrorSchema = z.object({
  code: z.enum([...failureCodes, ...abandonmentCodes]),
  message: z.string(),
  reason: z.exactOptional(z.string()),
  provider_code: z.exactOptional(z.string()),
  provider_message: z.exactOptional(z.string()),
  retryable: z.boolean(),
} satisfies Shape<DetectionError>);

export const DeliverySchema = z.object({
  id: z.string(),
  state: z.enum(deliveryStates),
  attempts: count,
  last_status: z.exactOptional(z.int()),
  next_at: z.exactOptional(instant),
  history: z.array(
    z.object({ at: instant, status: z.exactOptional(z.int()), fault: z.exactOptional(z.string()) }),
  ),
} satisfies Shape<Delivery>);

const texts = z.custom<Set<string>>();
const ArchiveSchema = z.object({
  state: z.enum(archiveStates),
  faces: count,
  bytes: count,
  at: instant,
  faults: z.exactOptional(z.array(z.object({ id: z.int(), reason: z.string() }))),
} satisfies Shape<Archive>);

/** In the order in which readers see them. */
export const fields = {
  detect_task_id: receivers(DetectTaskId, 'always', "The provider's name of the task."),
  status: receivers(
    z.enum(statuses),
    'always',
    'Open: `starting`, `processing`. Final: `succeeded`, `failed`, `abandoned`.',
  ),
  detect_id: receivers(text, 'succeeded', 'What a face swap needs, with the same media URL.', 'by_status'),
  face_count: receivers(count, 'succeeded', 'The number of faces; zero is a valid answer.', 'by_status'),
  error: receivers(
    ErrorSchema,
    'unsuccessful',
    "`code`, `message`, `retryable`, the last poll's `reason`; the provider's `provider_code`, `provider_message`.",
    'by_status',
  ),
  attempt: receivers(z.int().check(z.gte(1)), 'always', 'Each retry adds one.'),
  polls: receivers(count, 'always', 'Calls to the provider, over all attempts.'),
  invocations: receivers(count, 'always', 'Invocations of the function, over all attempts.'),
  transitions: receivers(count, 'always', 'Workflow states entered, over all attempts.'),
  lambda_ms: receivers(milliseconds, 'always', 'Milliseconds of function time, over all attempts.'),
  executions: receivers(count, 'some', 'Executions that polled, over all attempts.'),
  workflow_ms: receivers(milliseconds, 'some', 'Milliseconds that these executions ran.'),
  memory_mb: receivers(count, 'some', 'Memory of the function in MB: it sets the price of its time.'),
  created_at: receivers(instant, 'always', 'When the record began.', 'by_status'),
  updated_at: readers(instant, 'always', 'When the record was last written.'),
  final_at: receivers(instant, 'final', 'When the record became final.'),
  deadline_seconds: receivers(z.int(), 'always', 'How long an attempt may take.'),
  deadline_at: receivers(instant, 'always', 'When the current attempt ends, with or without an answer.'),
  usable_until: receivers(
    instant,
    'always',
    'One hour after `submitted_at`; without that, after `created_at`.',
    'by_status',
  ),
  usable_until_assumed: receivers(z.boolean(), 'always', 'True without `submitted_at`.', 'by_status'),
  submitted_at: receivers(text, 'some', "The caller's, as given: ISO 8601."),
  media_url: receivers(text, 'some', "The caller's: the media that was submitted."),
  // The webhook's body is frozen: what a swap needs beside the media URL is for readers.
  media_type: readers(
    MediaTypeSchema,
    'some',
    "The caller's, or by the URL's ending: `image`, `gif` or `video`.",
  ),
  // Its receiver knows the URL, and a URL may hold a secret of the caller's.
  callback_url: readers(text, 'some', "The caller's: where the webhook goes."),
  metadata: receivers(z.record(z.string(), z.unknown()), 'some', "The caller's: any JSON object."),
  provider_started_at: receivers(providerTime, 'some succeeded', 'As received, without a time zone.'),
  provider_finished_at: receivers(providerTime, 'some succeeded', 'As received, without a time zone.'),
  execution_name: receivers(text, 'always', 'The execution that holds the lease.'),
  execution_arn: receivers(text, 'always', 'The ARN of that execution.'),
  delivery: readers(
    DeliverySchema,
    'some',
    'The webhook: `id`, `state`, `attempts`, `last_status`, `next_at`, `history`.',
  ),
  archive: readers(
    ArchiveSchema,
    'some succeeded',
    'The pictures that are kept: `state`, `faces`, `bytes`, `at`, `faults`.',
  ),
  expires_at: receivers(z.int(), 'always', 'Epoch seconds. Then the record counts as absent.', 'by_status'),
  faces: receivers(
    z.array(FaceSchema),
    'some succeeded',
    "In the provider's order. Over 8 KB they are stored in pages, which readers join.",
  ),

  segment: internal(
    z.int().check(z.gte(2)),
    'some',
    'Which execution of the attempt holds the lease, where it is not the first.',
  ),
  status_shard: internal(text, 'always', '`<status>#<shard>`: partition key of the index `by_status`.'),
  due_at: internal(
    instant,
    'some',
    'When the lease expires or, on a final record, its outbox entry is due or its pictures expire.',
  ),
  due_shard: internal(z.int(), 'some', 'Partition key of the index `due`.'),
  archive_due_at: internal(
    instant,
    'some succeeded',
    'When the next step of the archive is due. Until then an invocation may be writing pictures.',
  ),
  archive_next: internal(count, 'some succeeded', 'The place of the first face that is not archived yet.'),
  faces_ref: internal(text, 'some succeeded', 'The reference of the pages that hold the faces.'),
  face_pages: internal(count, 'some succeeded', 'How many pages there are.'),
  page_refs: internal(texts, 'some', 'A string set: pages being written, or left by a writer that died.'),
  orphan_refs: internal(texts, 'some', 'A string set: pages and pictures to delete, never completed with.'),
};

type Fields = typeof fields;
export type FieldName = keyof Fields;
/** The names of the rows with such a column. */
type FieldsWith<Column> = {
  [Name in FieldName]: Fields[Name] extends Column ? Name : never;
}[FieldName];
type Value<Name extends FieldName> = z.infer<Fields[Name]['schema']>;
type Constant = FieldsWith<{ presence: 'always' }>;
type RecordOf<Name extends FieldName> = {
  [Each in Name & Constant]: Value<Each>;
} & { [Each in Exclude<Name, Constant>]?: Value<Each> | undefined };

/** The record as it is stored. Many faces stand in pages beside it. */
export interface Stored extends RecordOf<FieldName> {}
/** The record as readers see it: faces joined, names as stored. */
export interface Detection extends RecordOf<Exclude<FieldName, FieldsWith<{ audience: 'internal' }>>> {}

export const fieldNames = Object.keys(fields) as FieldName[];
export const readerNames = fieldNames.filter((name) => fields[name].audience !== 'internal');
export type ReceiverName = FieldsWith<{ audience: 'receivers' }>;
export const receiverNames = fieldNames.filter(
  (name) => fields[name].audience === 'receivers',
) as ReceiverName[];
/** What the index of lists holds beside its keys. */
export const projectedNames = fieldNames.filter((name) => fields[name].index === 'by_status');

export function toDetection(stored: Stored, faces: Face[] | undefined): Detection {
  const joined = { ...stored, faces };
  const present = readerNames.filter((name) => joined[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, joined[name]])) as unknown as Detection;
}
