/**
 * The vocabulary: one definition of each name that callers, the record, the workflow and the provider share.
 * Imports nothing local, so that every other module may import it.
 */
import * as z from 'zod/mini';

/** Standard executions are paid by the state and live for a day; Express ones by the second, for five minutes. */
export const workflowTypes = ['STANDARD', 'EXPRESS'] as const;
export type WorkflowType = (typeof workflowTypes)[number];

/** Length bounds keep one record well under DynamoDB's 400 KB and one execution input under 256 KiB. */
const maxUrlBytes = 2_048;
const maxMetadataBytes = 2_048;
/** DynamoDB refuses more than 32 levels; the record itself uses two. */
const maxMetadataDepth = 24;

const utf8 = new TextEncoder();
const byteLength = (text: string): number => utf8.encode(text).length;

/** Names a detection task at the provider. The letters are those that Step Functions and CloudWatch both take. */
export const DetectTaskId = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a string') })
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"'));

const HttpUrl = z.string('must be a string').check(
  z.refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  z.refine((text) => {
    const url = URL.parse(text);
    return (
      url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === ''
    );
  }, 'must be an http or https URL without user name or password'),
  z.refine((text) => byteLength(text) <= maxUrlBytes, `must be at most ${maxUrlBytes} bytes long`),
);

/** `Date.parse` takes 30 February for 2 March. */
function isOnCalendar(text: string): boolean {
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}

const Instant = z.string('must be a string').check(
  z.refine(
    (text) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)) && isOnCalendar(text),
    'must be an ISO 8601 instant such as 2026-11-22T12:00:00Z',
  ),
  z.refine((text) => /(Z|[+-]\d\d:\d\d)$/.test(text), 'must carry a time zone, such as Z'),
);

/** The SDK tells what a value is by its `constructor`, even where that is a field. */
const unstorableNames = new Set(['', '__proto__', 'constructor']);

/** What DynamoDB can hold and give back unchanged: plain JSON, shallow, with numbers inside its range. */
function isStorable(value: unknown, depth = 0): boolean {
  if (depth > maxMetadataDepth) return false;
  if (typeof value === 'number') return value === 0 || (Math.abs(value) < 1e125 && Math.abs(value) > 1e-129);
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value === 'boolean') return true;
  if (Array.isArray(value)) return value.every((entry) => isStorable(entry, depth + 1));
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return false;
  return Object.entries(value).every(
    ([name, entry]) => !unstorableNames.has(name) && name.isWellFormed() && isStorable(entry, depth + 1),
  );
}

const storableRule = `must be plain JSON at most ${maxMetadataDepth} levels deep, in well-formed Unicode, with numbers between 1e-129 and 1e125, and without names that are empty, "constructor" or "__proto__"`;

const Metadata = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be a JSON object',
  )
  .check(
    // First, because what is no plain JSON cannot be measured as such.
    z.refine((value) => isStorable(value), { error: storableRule, abort: true }),
    z.refine(
      (value) => byteLength(JSON.stringify(value)) <= maxMetadataBytes,
      `must be at most ${maxMetadataBytes} bytes of JSON`,
    ),
  );

export const deadlineBounds = { minSeconds: 5, maxSeconds: 86_400 } as const;
const deadlineRule = `must be a whole number of seconds from ${deadlineBounds.minSeconds} to ${deadlineBounds.maxSeconds}`;
export const DeadlineSeconds = z
  .int(deadlineRule)
  .check(z.gte(deadlineBounds.minSeconds, deadlineRule), z.lte(deadlineBounds.maxSeconds, deadlineRule));

/** What a caller hands over: the input of every execution, whoever starts it. Unknown fields are refused. */
export const ExecutionInput = z.strictObject(
  {
    detect_task_id: DetectTaskId,
    media_url: z.optional(HttpUrl),
    callback_url: z.optional(HttpUrl),
    submitted_at: z.optional(Instant),
    deadline_seconds: z.optional(DeadlineSeconds),
    metadata: z.optional(Metadata),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be a JSON object' : undefined) },
);
export type ExecutionInput = z.infer<typeof ExecutionInput>;

/** The first fault of a refused value: the field, and the rule that it breaks. */
export function faultIn(error: z.core.$ZodError, subject: string): { field: string; rule: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { field: subject, rule: 'is not valid' };
  if (issue.code === 'unrecognized_keys')
    return { field: issue.keys.join(', '), rule: 'is not a known field' };
  return { field: issue.path.length === 0 ? subject : issue.path.join('.'), rule: issue.message };
}

/** The same as one clear sentence. */
export function firstFault(error: z.core.$ZodError, subject: string): string {
  const { field, rule } = faultIn(error, subject);
  return `${field}: ${rule}`;
}

export const openStatuses = ['starting', 'processing'] as const;
export const finalStatuses = ['succeeded', 'failed', 'abandoned'] as const;
export const statuses = [...openStatuses, ...finalStatuses] as const;
export type OpenStatus = (typeof openStatuses)[number];
export type FinalStatus = (typeof finalStatuses)[number];
export type Status = (typeof statuses)[number];

export const isFinal = (status: Status): status is FinalStatus =>
  status !== 'starting' && status !== 'processing';

/** The provider said no: an answer, so the execution that records it succeeds. */
const failures = {
  DETECTION_FAILED: 'The provider could not detect faces in this media.',
  GENERATION_FAILED: 'The provider failed while it generated the result.',
  INVALID_TASK: 'The provider refused the task id as invalid.',
  TASK_NOT_FOUND: 'The provider does not know this task.',
} as const;

/** There is no answer: polling was given up, and may be taken up again by a retry. */
const abandonments = {
  DEADLINE_EXCEEDED: 'The provider had no final answer by the deadline.',
  PROVIDER_UNAVAILABLE: 'The provider could not be reached or did not answer properly until the deadline.',
  PROVIDER_MAINTENANCE: 'The provider was under maintenance until the deadline.',
  INSUFFICIENT_CREDITS: 'The provider account had no credits until the deadline.',
  UNAUTHORIZED:
    'The provider refused the API key, or none is stored: store a valid one with face-poller set-key, then retry.',
  FEATURE_DISABLED: 'The provider has disabled face detection for this account.',
  CONTRACT_VIOLATION:
    'The provider answered five times in a row in a shape that its contract does not allow.',
  UNEXPECTED_RESPONSE: 'The provider, or something in front of it, answered in a way that no retry can mend.',
  CANCELLED: 'The polling was cancelled.',
  EXECUTION_LOST: 'Our own part failed or vanished before there was an answer.',
} as const;

export type FailureCode = keyof typeof failures;
export type AbandonmentCode = keyof typeof abandonments;
export type ErrorCode = FailureCode | AbandonmentCode;
export const failureCodes = Object.keys(failures) as FailureCode[];
export const abandonmentCodes = Object.keys(abandonments) as AbandonmentCode[];

/** A face as the provider names it: a small integer and the address of the cropped image. */
export interface Face {
  id: number;
  link: string;
}

/** What the provider found in a task's media, as one answer of it says. */
export interface DetectionResult {
  detectId: string;
  faces: Face[];
  /** As received: no time zone is stated. */
  startedAt?: string | number | undefined;
  finishedAt?: string | number | undefined;
}

/** Why there are no faces. `message` is our fixed sentence; the provider's own words stand in `provider_message` only. */
export interface DetectionError {
  code: ErrorCode;
  message: string;
  provider_code?: string;
  provider_message?: string;
  /** True when `retry` can take the polling up again. */
  retryable: boolean;
}

export function detectionError(
  code: ErrorCode,
  provider: { code?: string | undefined; message?: string | undefined } = {},
): DetectionError {
  return {
    code,
    message: { ...failures, ...abandonments }[code],
    ...(provider.code !== undefined && { provider_code: provider.code }),
    ...(provider.message !== undefined && { provider_message: provider.message }),
    retryable: code in abandonments,
  };
}

/** Which callback URLs are taken, and used. */
export interface CallbackRule {
  /** The only hosts allowed: `hooks.example.com` is that one, `.example.com` every name below it. All, by default. */
  hosts?: readonly string[];
  /** The only ports allowed; 443 by default. */
  ports?: readonly number[];
  /** Also `http` to any port of this very machine: for development, where sender and receiver share one. */
  allowLoopback?: boolean;
}

/** What became of a push: to come or under way; taken; refused for good; given up; of no account any more. */
export const deliveryStates = ['pending', 'delivered', 'refused', 'exhausted', 'superseded'] as const;

/** The push of one final record to its `callback_url`. */
export interface Delivery {
  /** The `webhook-id` of every attempt. */
  id: string;
  state: (typeof deliveryStates)[number];
  attempts: number;
  /** The receiver's last HTTP status, where it answered at all. */
  last_status?: number;
  /** When the next attempt is due. */
  next_at?: string;
  /** The attempts, oldest first: what the receiver answered, or what kept it from answering. */
  history: { at: string; status?: number; fault?: string }[];
}

/** The record of one task as readers see it: faces joined, names as stored. Instants are ISO 8601 UTC, our clock. */
export interface Detection {
  detect_task_id: string;
  status: Status;
  detect_id?: string;
  face_count?: number;
  faces?: Face[];
  error?: DetectionError;
  attempt: number;
  execution_name: string;
  execution_arn: string;
  deadline_seconds: number;
  deadline_at: string;
  /** Calls to the provider, Lambda invocations, workflow states entered and Lambda milliseconds, over all attempts. */
  polls: number;
  visits: number;
  transitions: number;
  lambda_ms: number;
  /** Executions that polled, and for how long they ran; an Express execution is a leg of at most five minutes. */
  legs?: number;
  workflow_ms?: number;
  /** The memory of the function that polled last, in MB: what a millisecond of it costs. */
  memory_mb?: number;
  created_at: string;
  updated_at: string;
  final_at?: string;
  submitted_at?: string | undefined;
  media_url?: string | undefined;
  callback_url?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** When the provider's `detect_id` stops being valid: one hour after `submitted_at`, or assumed from `created_at`. */
  usable_until: string;
  usable_until_assumed: boolean;
  /** As the provider sent them: no time zone is stated. */
  provider_started_at?: string | number;
  provider_finished_at?: string | number;
  /** Where there is a `callback_url` and the record was final once. */
  delivery?: Delivery;
  /** Epoch seconds. */
  expires_at: number;
}

/** What an execution answers with. */
export interface Outcome {
  detect_task_id: string;
  status: Status;
  detect_id?: string;
  face_count?: number;
  error?: Pick<DetectionError, 'code' | 'message'>;
}

export function outcomeOf(detection: Omit<Detection, 'faces'>): Outcome {
  const { detect_task_id, status, detect_id, face_count, error } = detection;
  return {
    detect_task_id,
    status,
    ...(detect_id !== undefined && { detect_id }),
    ...(face_count !== undefined && { face_count }),
    ...(error !== undefined && { error: { code: error.code, message: error.message } }),
  };
}
