/** Stories of one task from its start to its end: told once, run wherever the workflow runs. */
import type { ErrorCode } from '../../functions/detection/error-codes.ts';
import type { ExecutionInput } from '../../functions/detection/input.ts';
import type { FinalStatus } from '../../functions/detection/types.ts';
import type { Script } from '../../local/simulator/script.ts';

export interface Scenario {
  /** What happens, as a sentence. */
  name: string;
  /** What the provider answers, call by call. */
  script: Script;
  input?: Omit<ExecutionInput, 'detect_task_id'>;
  expected: {
    status: FinalStatus;
    error?: ErrorCode;
    faceCount?: number;
    /** Exact where the table says so; else left open to the schedule. */
    polls?: number;
    /** Seconds between start and end, where waiting is the point. */
    atLeastSeconds?: number;
    atMostSeconds?: number;
  };
}

const pending = { step: 'pending', status: 'processing' } as const;
const code = (value: number, more: object = {}) => ({ step: 'code', code: value, ...more }) as const;
const throttledBare = { step: 'bareStatus', httpStatus: 429 } as const;
const faces = (count: number) => ({ step: 'succeeded', faces: count }) as const;

export const scenarios: readonly Scenario[] = [
  {
    name: 'records the faces of a task that is done at the first poll',
    script: [faces(2)],
    expected: { status: 'succeeded', faceCount: 2, polls: 1, atMostSeconds: 1 },
  },
  {
    name: 'polls on while the provider is at work',
    script: [{ step: 'pending', status: 'starting', times: 2 }, { ...pending, times: 10 }, faces(3)],
    expected: { status: 'succeeded', faceCount: 3, polls: 13 },
  },
  {
    name: 'waits through an hour of work without asking more than once a minute in the end',
    script: [{ step: 'after', ms: 50 * 60_000 }, faces(1)],
    expected: { status: 'succeeded', faceCount: 1, atLeastSeconds: 3_000, atMostSeconds: 3_061 },
  },
  {
    name: 'polls on where processing turns back into starting',
    script: [pending, { step: 'pending', status: 'starting', times: 3 }, faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 5 },
  },
  {
    name: 'takes zero faces for an answer',
    script: [faces(0)],
    expected: { status: 'succeeded', faceCount: 0, polls: 1 },
  },
  {
    name: 'keeps ten thousand faces in order',
    script: [{ step: 'succeeded', faces: 10_000, linkBytes: 200 }],
    expected: { status: 'succeeded', faceCount: 10_000, polls: 1 },
  },
  {
    name: 'records that the provider failed, with its reason',
    script: [pending, { step: 'failed', error: 'the media could not be decoded' }],
    expected: { status: 'failed', error: 'DETECTION_FAILED', polls: 2 },
  },
  {
    name: 'takes code 501 for a failed generation at the first call',
    script: [code(501)],
    expected: { status: 'failed', error: 'GENERATION_FAILED', polls: 1 },
  },
  {
    name: 'believes that a task is unknown after a minute of asking',
    script: [code(404)],
    expected: { status: 'failed', error: 'TASK_NOT_FOUND', atLeastSeconds: 60, atMostSeconds: 90 },
  },
  {
    name: 'waits for a task that the provider does not know yet, in whichever code it says so',
    script: [code(422, { times: 2 }), code(404), pending, faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 5 },
  },
  {
    name: 'does not believe that a task it has seen at work is unknown',
    script: [pending, { ...pending, times: 30 }, code(404, { times: 8 }), faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 40 },
  },
  {
    name: 'gives up when the key is refused twice',
    script: [code(401)],
    expected: { status: 'abandoned', error: 'UNAUTHORIZED', polls: 2, atMostSeconds: 1 },
  },
  {
    name: 'gives up when the key is disabled',
    script: [code(403, { httpStatus: 403 })],
    expected: { status: 'abandoned', error: 'UNAUTHORIZED', polls: 2, atMostSeconds: 1 },
  },
  {
    name: 'polls on when a firewall answers in the place of the provider',
    script: [{ step: 'html', httpStatus: 403, times: 2 }, faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 3 },
  },
  {
    name: 'goes on when the key is refused once',
    script: [code(401), faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 2 },
  },
  {
    name: 'waits long for credits, then gives up at the deadline',
    script: [code(402)],
    expected: {
      status: 'abandoned',
      error: 'INSUFFICIENT_CREDITS',
      atLeastSeconds: 3_000,
      atMostSeconds: 3_600,
    },
  },
  {
    name: 'waits a maintenance out',
    script: [code(455, { times: 6 }), faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 7, atLeastSeconds: 60 + 120 + 4 * 240 },
  },
  {
    name: 'makes no call before a Retry-After is over',
    script: [code(429, { httpStatus: 429, retryAfter: '30' }), faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 2, atLeastSeconds: 30, atMostSeconds: 40 },
  },
  {
    name: 'honours a Retry-After that comes with HTTP 200',
    script: [code(429, { retryAfter: '120' }), faces(1)],
    expected: { status: 'succeeded', faceCount: 1, polls: 2, atLeastSeconds: 120, atMostSeconds: 155 },
  },
  {
    name: 'slows down by itself where it is throttled without a hint',
    script: [{ step: 'after', ms: 60_000 }, { ...throttledBare, times: 3 }, faces(1)],
    expected: { status: 'succeeded', faceCount: 1, atLeastSeconds: 60 + 3 * 3.8, atMostSeconds: 130 },
  },
  {
    name: 'gives up at once when the feature is disabled',
    script: [code(505)],
    expected: { status: 'abandoned', error: 'FEATURE_DISABLED', polls: 1, atMostSeconds: 1 },
  },
  {
    name: 'waits on an unknown status until the deadline',
    script: [{ step: 'pending', status: 'queued' }],
    input: { deadline_seconds: 600 },
    expected: { status: 'abandoned', error: 'DEADLINE_EXCEEDED', atLeastSeconds: 589, atMostSeconds: 600 },
  },
  {
    name: 'ends within a deadline of five seconds',
    script: [pending],
    input: { deadline_seconds: 5 },
    expected: { status: 'abandoned', error: 'DEADLINE_EXCEEDED', atMostSeconds: 5 },
  },
  {
    name: 'gives up on a provider that breaks its contract five times in a row',
    script: [{ step: 'nullResult' }],
    expected: { status: 'abandoned', error: 'CONTRACT_VIOLATION', polls: 5, atMostSeconds: 20 },
  },
  {
    name: "uses nothing of an answer about somebody else's task",
    script: [{ step: 'wrongId', times: 4 }, faces(2)],
    expected: { status: 'succeeded', faceCount: 2, polls: 5 },
  },
  {
    name: 'backs off from an outage, then gives up at the deadline',
    script: [{ step: 'html', httpStatus: 502 }],
    expected: {
      status: 'abandoned',
      error: 'PROVIDER_UNAVAILABLE',
      atLeastSeconds: 3_580,
      atMostSeconds: 3_600,
    },
  },
  {
    name: 'comes through everything that a network can do to an answer',
    script: [
      { step: 'brokenJson' },
      { step: 'cutJson' },
      { step: 'empty' },
      { step: 'reset' },
      { step: 'resetMidBody' },
      { step: 'gzip' },
      { step: 'notHttp' },
      { step: 'bareStatus', httpStatus: 404 },
      { step: 'bareStatus', httpStatus: 422 },
      { step: 'bareStatus', httpStatus: 501 },
      code(500),
      faces(4),
    ],
    expected: { status: 'succeeded', faceCount: 4, polls: 12 },
  },
  {
    name: 'follows no redirect',
    script: [{ step: 'redirect', location: 'http://169.254.169.254/latest/meta-data/' }],
    expected: { status: 'abandoned', error: 'UNEXPECTED_RESPONSE', polls: 1, atMostSeconds: 1 },
  },
];

/** Execution inputs that are refused, and what the sentence names. */
export const refusedInputs: readonly { name: string; input: unknown; names: RegExp }[] = [
  { name: 'without a task id', input: {}, names: /^detect_task_id: is required/ },
  { name: 'that is an array', input: ['dit60yt8reqplt1c16'], names: /^input: must be a JSON object/ },
  { name: 'that is a string', input: 'dit60yt8reqplt1c16', names: /^input: must be a JSON object/ },
  {
    name: 'with a field that nobody knows',
    input: { detect_task_id: 'a', colour: 'red' },
    names: /^colour: is not a known field/,
  },
  {
    name: 'with a task id of 65 letters',
    input: { detect_task_id: 'a'.repeat(65) },
    names: /^detect_task_id: /,
  },
  { name: 'with a path for a task id', input: { detect_task_id: '../x' }, names: /^detect_task_id: / },
  {
    name: 'with a deadline of four seconds',
    input: { detect_task_id: 'a', deadline_seconds: 4 },
    names: /^deadline_seconds: /,
  },
  {
    name: 'with a callback that is not https',
    input: { detect_task_id: 'a', callback_url: 'http://hooks.example.com/' },
    names: /^callback_url: must be an https URL/,
  },
  {
    name: 'with a callback of this very machine',
    input: { detect_task_id: 'a', callback_url: 'https://[::ffff:127.0.0.1]/' },
    names: /^callback_url: must be on a host with a public address/,
  },
  {
    name: 'with a callback that is no URL',
    input: { detect_task_id: 'a', callback_url: 'nowhere' },
    names: /^callback_url: /,
  },
  {
    name: 'that looks like a state half carried',
    input: { v: 2, next: 'wait', detect_task_id: 'a' },
    names: /is not a known field/,
  },
];
