/**
 * Submits media and starts the polling of the task. With an idempotency key, at most one POST is made while its outcome
 * is not known, whatever repeats, rivals and crashes there are; without one, each request submits.
 */
import { randomUUID } from 'node:crypto';

import { iso } from '../clock.ts';
import { RejectedRequestError } from '../control/rejected-request.ts';
import type { Service } from '../control/service.ts';
import { type DetectTaskId, faultIn, faultNow } from '../detection/input.ts';
import type { MediaType } from '../detection/types.ts';
import type { Records } from '../records/records.ts';
import { describeError } from '../telemetry/safe-error.ts';
import { DetectInput, mediaTypeOf } from './input.ts';
import type { Submission, Submissions } from './item.ts';
import { busyError, errorOf, type Settled, SubmissionError } from './outcome.ts';
import { send, type SendDeps, sendPolicy } from './send.ts';

export interface DetectDeps extends SendDeps {
  submissions: Submissions;
  service: Pick<Service, 'start'>;
  records: Pick<Records, 'read' | 'defaults'>;
  /** Whether video and GIF are submitted, though the provider's call for them is not documented. */
  experimentalVideo: boolean;
}

export type Started = Awaited<ReturnType<Service['start']>>;
/** Throws `RejectedRequestError` for bad input, and `SubmissionError` where no task is polled. */
export type Detect = (input: unknown) => Promise<Started>;

type Typed = DetectInput & { media_type: MediaType };
type Keyed = Typed & { idempotency_key: string };

/** Of a request for another one with its key: no longer than that one may take. */
const waits = { totalMs: 19_000, firstMs: 50, longestMs: 1_000, growth: 1.5 } as const;

/** Two clocks that are right differ by less. */
const skewMs = 60_000;

export function createDetect(deps: DetectDeps): Detect {
  const { submissions, clock, log } = deps;

  const start = (input: Typed, of: CreatedTask): Promise<Started> => {
    const { media_url, media_sha256: _, idempotency_key: __, ...rest } = input;
    const { task: detect_task_id, submittedAt: submitted_at } = of;
    // By a clock that is ahead: it says nothing of when the provider forgets the task.
    const isKnown = submitted_at !== undefined && Date.parse(submitted_at) <= clock.now() + skewMs;
    return deps.service.start({
      ...rest,
      detect_task_id,
      ...(isKnown && { submitted_at }),
      media_url: of.mediaUrl ?? media_url,
    });
  };

  /** Without a key nothing heals a crash; where the polling cannot be started, the caller learns the id. */
  async function detectOnce(input: Typed): Promise<Started> {
    const sinceMs = clock.now();
    const outcome = await send(deps, input, { shardKey: randomUUID(), sinceMs });
    if (outcome.kind !== 'created') throw errorOf(outcome);
    const { detectTaskId: task } = outcome;
    try {
      return await start(input, { task, submittedAt: iso(sinceMs) });
    } catch (error) {
      if (error instanceof RejectedRequestError) throw error;
      throw new SubmissionError('SUBMISSION_NOT_STARTED', { reason: `start it by its id, ${task}` });
    }
  }

  /** A fault of ours must hide no outcome: without it in the item, the key's outcome is unknown to others. */
  const settle = async (input: Keyed, claimed: Submission, outcome: Settled): Promise<boolean> => {
    try {
      await submissions.settle(input.idempotency_key, claimed, outcome);
      return true;
    } catch (error) {
      log({ outcome: outcome.kind, reason: `not stored: ${describeError(error).name}` });
      return false;
    }
  };

  /** Of the request that took the key: the others wait for what it writes. */
  async function detectClaimed(input: Keyed, claimed: Submission): Promise<Started> {
    const sinceMs = Date.parse(claimed.claimed_at);
    let outcome: Settled;
    try {
      outcome = await send(deps, input, { shardKey: input.idempotency_key, sinceMs });
    } catch (error) {
      // Nothing was sent: only the API key could not be read. The call itself returns its faults.
      await settle(input, claimed, { kind: 'unsent', reason: 'the API key could not be read' });
      throw error;
    }
    const isStored = await settle(input, claimed, outcome);
    if (outcome.kind !== 'created') throw errorOf(outcome);
    const started = await start(input, { task: outcome.detectTaskId, submittedAt: claimed.claimed_at });
    if (!isStored) await settle(input, claimed, outcome);
    return started;
  }

  async function detectKeyed(input: Keyed): Promise<Started> {
    const { idempotency_key: key } = input;
    const untilMs = clock.now() + waits.totalMs;
    let awaited: string | undefined;
    for (let gapMs: number = waits.firstMs; ; gapMs = Math.min(gapMs * waits.growth, waits.longestMs)) {
      const known = await submissions.read(key);
      // A request that waited for a call that came to nothing is answered like its sender, and sends nothing more.
      if (known?.state === 'free' && known.claim === awaited) throw errorOf(known.outcome);
      if (known === undefined || known.state === 'free') {
        const claimed = await submissions.claim(input);
        if (claimed === 'conflict') continue;
        return detectClaimed(input, claimed);
      }
      const field = submissions.differingField(known, input);
      if (field !== undefined) throw conflict(field);
      if (known.state === 'submitted') return startKnown(input, known);
      // One from the future may be of any age.
      const isOld = Math.abs(clock.now() - Date.parse(known.claimed_at)) >= sendPolicy.unknownAfterMs;
      if (known.state === 'unknown' || isOld) throw errorOf({ kind: 'unknown' });
      if (clock.now() >= untilMs) throw busyError();
      awaited = known.claim;
      await clock.sleep(gapMs);
    }
  }

  /** Heals a crash between the answer and the start. What was forgotten since is not begun again. */
  async function startKnown(
    input: Keyed,
    { task, claimed_at, media_url }: Extract<Submission, { state: 'submitted' }>,
  ): Promise<Started> {
    const { kind } = await deps.records.read(task);
    if (kind === 'forgotten') throw forgotten();
    // The caller gave no time, so a record that is there conflicts with none.
    const submittedAt = kind === 'absent' ? claimed_at : undefined;
    return start(input, { task, submittedAt, mediaUrl: media_url });
  }

  return async function detect(given) {
    const input = checked(deps, given);
    const { idempotency_key } = input;
    return idempotency_key === undefined ? detectOnce(input) : detectKeyed({ ...input, idempotency_key });
  };
}

interface CreatedTask {
  task: DetectTaskId;
  submittedAt: string | undefined;
  mediaUrl?: string | undefined;
}

const invalid = (field: string, rule: string): RejectedRequestError =>
  new RejectedRequestError('invalid', `${field}: ${rule}`, field);

function checked({ records, clock, experimentalVideo }: DetectDeps, given: unknown): Typed {
  const parsed = DetectInput.safeParse(given);
  if (!parsed.success) {
    const { field, rule } = faultIn(parsed.error, 'input');
    throw invalid(field, rule);
  }
  const found = mediaTypeOf(parsed.data);
  if ('rule' in found) throw invalid('media_type', found.rule);
  if (found.mediaType !== 'image' && !experimentalVideo) throw invalid('media_type', videoRule);
  const fault = faultNow(parsed.data, { callbacks: records.defaults.callbacks, nowMs: clock.now() });
  if (fault !== undefined) throw invalid(fault.field, fault.rule);
  return { ...parsed.data, media_type: found.mediaType };
}

const videoRule =
  "video and GIF are off, because the provider's call for them is documented nowhere; experimentalVideo on a stack, or CRUN_EXPERIMENTAL_VIDEO=1 on one machine, tries it";

const conflict = (field: string): RejectedRequestError =>
  new RejectedRequestError(
    'conflict',
    field === 'provider'
      ? 'idempotency_key: was used at another provider; take a new key to submit the media here'
      : `${field}: this idempotency_key was used with another value; take a new key to submit anew`,
    field === 'provider' ? 'idempotency_key' : field,
  );

const forgotten = (): RejectedRequestError =>
  new RejectedRequestError(
    'conflict',
    'idempotency_key: its task was forgotten; take a new key to submit the media again',
    'idempotency_key',
  );
