/** The input of an execution, and its checks. */
import * as z from 'zod/mini';

import { callbackFault, type CallbackRule } from './callback-rule.ts';
import { mediaTypes } from './types.ts';

/** Length bounds keep one record well under DynamoDB's 400 KB and one execution input under 256 KiB. */
const maxUrlBytes = 2_048;
const maxMetadataBytes = 2_048;
/** DynamoDB accepts at most 32 levels, and the record itself uses two. */
const maxMetadataDepth = 24;

const utf8 = new TextEncoder();
const byteLength = (text: string): number => utf8.encode(text).length;

/** Names a task at the provider. Step Functions and CloudWatch both accept these letters in names. */
export const DetectTaskId = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a string') })
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"'))
  .brand<'DetectTaskId'>();
export type DetectTaskId = z.infer<typeof DetectTaskId>;

export const HttpUrl = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a string') })
  .check(
    z.refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
    z.refine((text) => {
      const url = URL.parse(text);
      return (
        url !== null &&
        ['http:', 'https:'].includes(url.protocol) &&
        url.username === '' &&
        url.password === ''
      );
    }, 'must be an http or https URL without user name or password'),
    // A parser takes them out in silence, and the text would go on with them.
    z.refine(
      (text) => !/^[\0-\x20]|[\0-\x20]$|[\t\n\r]/.test(text),
      'must not begin or end with a blank, or hold a tab or a line break',
    ),
    z.refine((text) => byteLength(text) <= maxUrlBytes, `must be at most ${maxUrlBytes} bytes long`),
  );

/** `Date.parse` accepts 30 February as 2 March. */
function isOnCalendar(text: string): boolean {
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}

/** The longest useful form has nanoseconds and an offset. */
const maxInstantLength = '2026-11-22T12:00:00.000000000+00:00'.length;
const isInstant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  isOnCalendar(text) &&
  new Date(text).getUTCFullYear() >= 0;

/** Kept in one form, whatever the caller's. */
export const Instant = z.string('must be a string').check(
  z.refine((text) => text.length <= maxInstantLength, {
    error: `must be at most ${maxInstantLength} characters long`,
    abort: true,
  }),
  z.refine(isInstant, { error: 'must be an ISO 8601 instant such as 2026-11-22T12:00:00Z', abort: true }),
  z.refine((text) => /(Z|[+-]\d\d:\d\d)$/.test(text), {
    error: 'must carry a time zone, such as Z',
    abort: true,
  }),
  z.overwrite((text) => new Date(text).toISOString()),
);

/** The SDK decides by `constructor` what a value is, even if that is a field of the data. */
const unstorableNames = new Set(['', '__proto__', 'constructor']);

/** True for values that DynamoDB returns unchanged: plain JSON, shallow, with no number too small for it. */
function isStorable(value: unknown, depth = 0): boolean {
  if (depth > maxMetadataDepth) return false;
  if (typeof value === 'number') return value === 0 || Math.abs(value) > 1e-129;
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value === 'boolean') return true;
  if (Array.isArray(value)) return value.every((entry) => isStorable(entry, depth + 1));
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return false;
  return Object.entries(value).every(
    ([name, entry]) => !unstorableNames.has(name) && name.isWellFormed() && isStorable(entry, depth + 1),
  );
}

const storableRule = `must be plain JSON at most ${maxMetadataDepth} levels deep, in well-formed Unicode, with no number nearer to zero than 1e-129, and without names that are empty, "constructor" or "__proto__"`;

/**
 * Every integer past 2^53 - 1 is read as a number past it, whichever that is: what the caller wrote is lost by then, so
 * such a number is rejected and never stored as another one.
 */
const isExact = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).every(isExact)
    : typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER;

const exactRule = `must hold no number beyond ${Number.MAX_SAFE_INTEGER}: write it as text`;

const Metadata = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be a JSON object',
  )
  .check(
    // First, because only plain JSON has a size.
    z.refine((value) => isStorable(value), { error: storableRule, abort: true }),
    z.refine(isExact, exactRule),
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

export const MediaTypeSchema = z.enum(mediaTypes, `must be one of ${mediaTypes.join(', ')}`);

export const anObject = {
  error: (issue: z.core.$ZodRawIssue) =>
    issue.code === 'invalid_type' ? 'must be a JSON object' : undefined,
};
/** The caller's part of a start, whether the task exists or is to be submitted. */
export const callersPart = {
  media_type: z.optional(MediaTypeSchema),
  callback_url: z.optional(HttpUrl),
  deadline_seconds: z.optional(DeadlineSeconds),
  metadata: z.optional(Metadata),
};

/** The input of every execution. Unknown fields are rejected. */
export const ExecutionInput = z.strictObject(
  {
    detect_task_id: DetectTaskId,
    media_url: z.optional(HttpUrl),
    submitted_at: z.optional(Instant),
    ...callersPart,
  },
  anObject,
);
export type ExecutionInput = z.infer<typeof ExecutionInput>;
/** The same before it is checked. */
export type StartInput = z.input<typeof ExecutionInput>;

const maxAheadMs = 86_400_000;

/** The first rule that valid input breaks here and now: by the deployment's rule for callbacks, and by its clock. */
export function faultNow(
  { callback_url, submitted_at }: Pick<ExecutionInput, 'callback_url' | 'submitted_at'>,
  { callbacks = {}, nowMs }: { callbacks?: CallbackRule | undefined; nowMs: number },
): { field: string; rule: string } | undefined {
  const rule = callback_url === undefined ? undefined : callbackFault(callback_url, callbacks);
  if (rule !== undefined) return { field: 'callback_url', rule };
  if (submitted_at !== undefined && Date.parse(submitted_at) > nowMs + maxAheadMs)
    return { field: 'submitted_at', rule: 'must not be more than a day ahead' };
  return undefined;
}

const maxNameLength = 100;

/** The caller's own names may fill a whole input: a rejection that repeats them would break the same limit. */
function shortened(names: string): string {
  const letters = Array.from(names.slice(0, 2 * maxNameLength + 2));
  return letters.length > maxNameLength ? `${letters.slice(0, maxNameLength).join('')}…` : names;
}

/** The first fault of an invalid value: the field, and the rule that it breaks. */
export function faultIn(error: z.core.$ZodError, subject: string): { field: string; rule: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { field: subject, rule: 'is not valid' };
  if (issue.code === 'unrecognized_keys')
    return { field: shortened(issue.keys.join(', ')), rule: 'is not a known field' };
  return { field: issue.path.length === 0 ? subject : shortened(issue.path.join('.')), rule: issue.message };
}

/** The same as one clear sentence. */
export function firstFault(error: z.core.$ZodError, subject: string): string {
  const { field, rule } = faultIn(error, subject);
  return `${field}: ${rule}`;
}
