/**
 * What a simulated task answers, call by call. Each step answers `times` calls (one, unless it says otherwise);
 * the last repeats forever. A schema, so that a script can also arrive in the body of a submission.
 */
import * as z from 'zod/mini';

const Count = z.int().check(z.gte(1));
const Milliseconds = z.number().check(z.gte(0));
const HttpStatus = z.int().check(z.gte(200), z.lte(999));

/** The HTTP side of an envelope: 200 and no header unless said, whatever the code inside. */
const sentWith = { httpStatus: z.optional(HttpStatus), retryAfter: z.optional(z.string()) };
/** `isTerse` leaves out what is null, as the provider may. */
const mayBeTerse = { isTerse: z.optional(z.boolean()) };
/** The provider's own hold no time zone; null is sent as null. */
const Instant = z.optional(z.nullable(z.union([z.string(), z.number()])));

const step = <Name extends string, Fields extends z.core.$ZodShape>(name: Name, fields: Fields) =>
  z.strictObject({ step: z.literal(name), times: z.optional(Count), ...fields });

const answers = [
  // Envelopes as documented.
  step('pending', { status: z.string(), ...mayBeTerse, ...sentWith }),
  step('succeeded', {
    /** How many, or which. */
    faces: z.union([
      z.int().check(z.gte(0), z.lte(100_000)),
      z.array(z.strictObject({ id: z.int(), link: z.string() })),
    ]),
    detectId: z.optional(z.string()),
    /** Pads made-up links to this length: 10,000 of 800 bytes come close to 8 MiB. */
    linkBytes: z.optional(Count),
    /** Another spelling of the outer status. */
    status: z.optional(z.string()),
    startedAt: Instant,
    finishedAt: Instant,
    ...sentWith,
  }),
  step('failed', {
    error: z.nullable(z.union([z.string(), z.record(z.string(), z.unknown())])),
    ...mayBeTerse,
    ...sentWith,
  }),
  step('code', { code: z.union([z.number(), z.string()]), message: z.optional(z.string()), ...sentWith }),

  // JSON that says something other than the contract allows.
  step('nullResult', {}),
  step('wrongId', {}),
  /** `data` in place of one that lacks the faces. */
  step('wrongShape', { data: z.optional(z.unknown()) }),
  step('duplicateKeys', {}),
  step('prototypeKeys', {}),
  step('extraFields', {}),
  step('numericId', {}),

  // Bodies that are no JSON, or no body.
  step('brokenJson', {}),
  step('html', { httpStatus: HttpStatus }),
  step('empty', {}),
  step('bareStatus', { httpStatus: HttpStatus, body: z.optional(z.string()) }),
  step('redirect', { location: z.string(), httpStatus: z.optional(HttpStatus) }),

  // Transports that misbehave.
  step('cutJson', {}),
  /** Spaces one by one: `bytes` of them before the answer, or forever. */
  step('drip', { everyMs: Milliseconds, bytes: z.optional(Count) }),
  step('hang', {}),
  step('hangAfterHeaders', {}),
  step('reset', {}),
  step('resetMidBody', {}),
  /** `bombBytes`: what the few bytes sent decompress to, in whole MiB. */
  step('gzip', { bombBytes: z.optional(Count) }),
  step('tooLarge', { bytes: z.optional(Count) }),
  step('longHeader', {}),
  step('notHttp', {}),
] as const;

/** Pending until `ms` after the submission: `starting` for the first third, then `processing`. */
const After = z.strictObject({ step: z.literal('after'), ms: Milliseconds });

const Step = z.discriminatedUnion('step', [After, ...answers]);

export const ScriptSchema = z.array(Step).check(
  z.refine((steps) => steps.length > 0, 'must have a step'),
  z.refine((steps) => steps.at(-1)?.step !== 'after', 'must not end with "after": nothing would follow it'),
);

export type Step = z.infer<typeof Step>;
/**
 * What a task answers, call by call: each step answers `times` calls (1 unless given), the last all that follow.
 * `{ step: 'after', ms: 90_000 }` is at work for so long; `{ step: 'succeeded', faces: 2 }`, `{ step: 'failed', error:
 * 'no face' }` and `{ step: 'code', code: 500 }` answer as documented. Others misbehave: `brokenJson`, `html`, `reset`.
 */
export type Script = readonly Step[];
/** A step that answers a call. */
export type Answer = Exclude<Step, { step: 'after' }>;
export type AnswerOf<Name extends Answer['step']> = Extract<Answer, { step: Name }>;
