/** What a receiver is told of a final record: the exact bytes, and the schema that both sides share. */
import * as z from 'zod/mini';

import { DetectTaskId } from '../../detection/input.ts';
import { type Detection, isFinal } from '../../detection/types.ts';

/** Beyond it a receiver learns the number and reads the faces from the record: bodies stay small enough for anybody. */
export const maxFacesInPayload = 100;

/**
 * The attributes that are told. A new one is decided on here before it compiles: what may change once a record is
 * final is not told, because every attempt sends the same bytes.
 */
const isTold = {
  detect_task_id: true,
  status: true,
  detect_id: true,
  face_count: true,
  faces: true,
  error: true,
  attempt: true,
  execution_name: true,
  execution_arn: true,
  deadline_seconds: true,
  deadline_at: true,
  polls: true,
  invocations: true,
  transitions: true,
  lambda_ms: true,
  executions: true,
  workflow_ms: true,
  memory_mb: true,
  created_at: true,
  updated_at: false,
  final_at: true,
  submitted_at: true,
  media_url: true,
  // The receiver knows where it is, and a URL may hold a secret of the caller's.
  callback_url: false,
  metadata: true,
  usable_until: true,
  usable_until_assumed: true,
  provider_started_at: true,
  provider_finished_at: true,
  expires_at: true,
  delivery: false,
} as const satisfies Record<keyof Detection, boolean>;

const payloadAttributes = (Object.keys(isTold) as (keyof Detection)[]).filter((name) => isTold[name]);

/**
 * The body for a final record, the same bytes on every call: names sorted at every level, without `faces` where there
 * are more than a hundred. Up to a hundred they must have been joined from their pages.
 */
export function payloadOf(detection: Detection): string {
  const { detect_task_id, status, final_at, face_count = 0, faces } = detection;
  if (!isFinal(status) || final_at === undefined) throw new Error(`${detect_task_id}: is not final yet`);
  const hasFacesInPayload = face_count <= maxFacesInPayload;
  if (status === 'succeeded' && hasFacesInPayload && faces === undefined) {
    throw new Error(`${detect_task_id}: its faces must be joined before they are told`);
  }
  const names = payloadAttributes.filter((name) => name !== 'faces' || hasFacesInPayload);
  const data = Object.fromEntries(names.map((name) => [name, detection[name]]));
  return canonicalJson({ type: `face_detection.${status}`, timestamp: final_at, data });
}

/** DynamoDB keeps no order of names, and objects put names that look like numbers first. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonicalJson(entry)}`).join(',')}}`;
}

/** Loose throughout, and codes are any text: a receiver may be older than what it is told. */
const PayloadError = z.looseObject({
  code: z.string(),
  message: z.string(),
  provider_code: z.optional(z.string()),
  provider_message: z.optional(z.string()),
  retryable: z.boolean(),
});

const common = {
  detect_task_id: DetectTaskId,
  attempt: z.int(),
  execution_name: z.string(),
  execution_arn: z.string(),
  deadline_seconds: z.number(),
  deadline_at: z.string(),
  polls: z.number(),
  invocations: z.number(),
  transitions: z.number(),
  lambda_ms: z.number(),
  executions: z.optional(z.number()),
  workflow_ms: z.optional(z.number()),
  memory_mb: z.optional(z.number()),
  created_at: z.string(),
  final_at: z.string(),
  submitted_at: z.optional(z.string()),
  media_url: z.optional(z.string()),
  metadata: z.optional(z.record(z.string(), z.unknown())),
  usable_until: z.string(),
  usable_until_assumed: z.boolean(),
  expires_at: z.number(),
};

const providersTime = z.optional(z.union([z.string(), z.number()]));

/** A body that `payloadOf` made, as a receiver parses it. */
export const WebhookEvent = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('face_detection.succeeded'),
    timestamp: z.string(),
    data: z.looseObject({
      ...common,
      status: z.literal('succeeded'),
      detect_id: z.string(),
      face_count: z.int(),
      faces: z.optional(z.array(z.looseObject({ id: z.int(), link: z.string() }))),
      provider_started_at: providersTime,
      provider_finished_at: providersTime,
    }),
  }),
  z.looseObject({
    type: z.literal('face_detection.failed'),
    timestamp: z.string(),
    data: z.looseObject({ ...common, status: z.literal('failed'), error: PayloadError }),
  }),
  z.looseObject({
    type: z.literal('face_detection.abandoned'),
    timestamp: z.string(),
    data: z.looseObject({ ...common, status: z.literal('abandoned'), error: PayloadError }),
  }),
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;
