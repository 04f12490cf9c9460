/** The call that creates the task: one slot of the key's rate, and one POST; another only where no connection was made. */
import type { ApiKeyReader } from '../api-key/reader.ts';
import type { Clock } from '../clock.ts';
import type { CrunClient } from '../crun/client.ts';
import { createDetection } from '../crun/create.ts';
import type { MediaType } from '../detection/types.ts';
import { type AcquiredSlot, acquireSlot, type SlotDeps } from '../rate-limit/acquire-slot.ts';
import type { Breakdown, Measure } from '../telemetry/metrics.ts';
import type { Settled } from './outcome.ts';

export interface SendDeps extends SlotDeps {
  crun: Pick<CrunClient, 'call'>;
  apiKey: ApiKeyReader;
  clock: Clock;
  measure: Measure;
  /** Takes the outcome, without anything of the request. */
  log: (line: { outcome: Settled['kind']; reason?: string | undefined; code?: number | undefined }) => void;
}

export const sendPolicy = {
  /** A slot that comes later is not waited for: the caller is. */
  longestSlotWaitMs: 4_000,
  /** An answer that comes later is not read, and the outcome unknown: the time is better too long than too short. */
  timeoutMs: 12_000,
  /** For all tries together, so that an API's gateway still waits. */
  totalMs: 14_000,
  maxTries: 3,
  firstPauseMs: 200,
  /** A submission that is older is unknown, so a sender that was frozen for longer sends nothing. */
  unknownAfterMs: 60_000,
} as const;

export const noKey =
  'there is no API key: store one with face-poller set-key, or on one machine in CRUN_API_KEY';

export interface Media {
  media_url: string;
  media_type: MediaType;
}

interface SentBy {
  shardKey: string;
  sinceMs: number;
}

/** The account's fault, the media's, or a matter of time. */
function measuredAs(outcome: Settled): Breakdown<'submissions'>[0] {
  if (outcome.kind !== 'rejected') return outcome.kind;
  if ([401, 402, 403, 505].includes(outcome.code)) return 'denied';
  return [404, 422].includes(outcome.code) ? 'rejected' : 'unsent';
}

/** `shardKey` chooses among the items of a divided rate. `sinceMs`: from when on others take this for under way. */
export async function send(deps: SendDeps, media: Media, by: SentBy): Promise<Settled> {
  const outcome = await sendInTime(deps, media, by);
  deps.measure('submissions', 1, measuredAs(outcome));
  return outcome;
}

async function sendInTime(deps: SendDeps, media: Media, { shardKey, sinceMs }: SentBy): Promise<Settled> {
  const { clock, apiKey } = deps;
  const { longestSlotWaitMs, totalMs, unknownAfterMs } = sendPolicy;
  const key = await apiKey.read();
  if (key === undefined) return { kind: 'unsent', reason: noKey };
  const latestMs = clock.now() + longestSlotWaitMs;
  const slot = await acquireSlot(deps, shardKey, undefined, { waitUntilMs: latestMs, latestMs });
  if (slot.kind !== 'now') return { kind: 'unsent', reason: reasonFor(slot) };
  if (clock.now() + totalMs > sinceMs + unknownAfterMs)
    return { kind: 'unsent', reason: 'this process was asleep' };
  const outcome = await tryToSend(deps, media, key);
  // The next submission has the key that replaced a denied one.
  if (outcome.kind === 'rejected' && (outcome.code === 401 || outcome.code === 403))
    await apiKey.readAfresh().catch(() => {});
  return outcome;
}

const reasonFor = (slot: Exclude<AcquiredSlot, { kind: 'now' }>): string =>
  slot.kind === 'none' && slot.hold !== undefined
    ? `the key is on hold: ${slot.hold}`
    : 'the rate limit is used up';

async function tryToSend(deps: SendDeps, media: Media, apiKey: string): Promise<Settled> {
  const { clock, crun, log } = deps;
  const { maxTries, timeoutMs, totalMs, firstPauseMs } = sendPolicy;
  const endsAtMs = clock.now() + totalMs;
  for (let tries = 1; ; tries++) {
    const leftMs = Math.min(timeoutMs, endsAtMs - clock.now());
    const creation = await createDetection({ crun, now: clock.now }, media, { apiKey, timeoutMs: leftMs });
    if (creation.kind !== 'unsent') {
      const reason = 'reason' in creation ? creation.reason : undefined;
      log({ outcome: creation.kind, reason, code: 'code' in creation ? creation.code : undefined });
      return creation.kind === 'unknown' ? { kind: 'unknown' } : creation;
    }
    const pauseMs = firstPauseMs * 2 ** (tries - 1);
    // A certificate that is wrong stays wrong.
    const isLast = tries === maxTries || creation.fault === 'tls' || clock.now() + pauseMs + 1_000 > endsAtMs;
    if (isLast) {
      log({ outcome: 'unsent', reason: creation.fault });
      return { kind: 'unsent', reason: creation.fault };
    }
    await clock.sleep(pauseMs);
  }
}
