import { iso } from '../../clock.ts';
import { callbackFault } from '../../detection/callback-rule.ts';
import { toDetection } from '../../detection/fields.ts';
/**
 * Delivers a final record to its `callback_url`: at once, after 5 s, then whenever the record says that it is due.
 * Running it twice is harmless: an attempt is claimed on the record before it is made, and what a crash leaves
 * unacknowledged is sent again under the same id.
 */
import type { DetectTaskId } from '../../detection/input.ts';
import { type Delivery, isFinal } from '../../detection/types.ts';
import type { Head } from '../../records/item.ts';
import { currentDelivery, newDelivery } from '../../records/outbox.ts';
import type { Records } from '../../records/records.ts';
import type { Measure } from '../../telemetry/metrics.ts';
import { maxFacesInPayload, payloadOf } from './payload.ts';
import {
  type Attempted,
  attemptTimeoutMs,
  classifyAttempt,
  secondAttemptMs,
  type Verdict,
} from './schedule.ts';

export interface DeliverDeps {
  records: Pick<Records, 'read' | 'get' | 'recordDelivery' | 'defaults'>;
  /** Rejects where nothing could be signed: before an attempt is counted that could not be made. */
  ready: () => Promise<unknown>;
  /** One signed request under the id of the push. */
  post: (push: { url: string; id: string; body: string; timeoutMs: number }) => Promise<Attempted>;
  clock: { now(): number; sleep(ms: number): Promise<void> };
  random: () => number;
  log: (line: DeliveryLine) => void;
  measure: Measure;
}

type DeliveryLine = {
  detect_task_id: string;
  delivery: string;
  attempts: number;
  last_status?: number | undefined;
};

/** Longer than any attempt: only a claim whose claimer died is due again. */
const claimMs = 60_000;
/** Each means that somebody else's write went through. */
const maxConflicts = 10;
/** A redelivered record begins to count anew; what was before is kept as far as it helps. */
const maxHistory = 20;

export function createDeliver(deps: DeliverDeps) {
  const { clock } = deps;

  /** `undefined` where nothing was to be done. */
  return async function deliver(detectTaskId: DetectTaskId): Promise<Verdict['kind'] | undefined> {
    for (let lost = 0; lost < maxConflicts;) {
      const current = await deps.records.read(detectTaskId);
      if (current.kind !== 'head' || !isFinal(current.head.status)) return undefined;
      const { head } = current;
      // The event may be faster than the write that follows it.
      const delivery = currentDelivery(head) ?? newDelivery(head, clock.now());
      const dueInMs = Date.parse(delivery.next_at ?? '') - clock.now();
      if (head.callback_url === undefined || delivery.state !== 'pending' || !(dueInMs <= 0))
        return undefined;
      const verdict = await attempt(head, head.callback_url, delivery);
      if (verdict === 'conflict') {
        // To the write that follows the event, or to another invocation: the record says which.
        lost += 1;
        continue;
      }
      if (verdict.kind !== 'again' || verdict.inMs > secondAttemptMs) return verdict.kind;
      await clock.sleep(verdict.inMs);
    }
    return undefined;
  };

  async function attempt(head: Head, url: string, before: Delivery): Promise<Verdict | 'conflict'> {
    await deps.ready();
    const attempts = before.attempts + 1;
    const untilMs = clock.now() + claimMs;
    const claim = { ...before, attempts, next_at: iso(untilMs) };
    const claimed = await deps.records.recordDelivery(head, claim, untilMs);
    if (claimed === 'conflict') return 'conflict';
    const at = iso(clock.now());
    const { attempted, verdict } = await classified(claimed, url, before.id, attempts);
    const delivery: Delivery = {
      id: before.id,
      state: verdict.kind === 'again' ? 'pending' : verdict.kind,
      attempts,
      ...('status' in attempted && { last_status: attempted.status }),
      ...(verdict.kind === 'again' && { next_at: iso(clock.now() + verdict.inMs) }),
      history: [
        ...before.history,
        { at, ...('status' in attempted ? { status: attempted.status } : attempted) },
      ].slice(-maxHistory),
    };
    const dueAtMs = verdict.kind === 'again' ? clock.now() + verdict.inMs : undefined;
    await deps.records.recordDelivery(claimed, delivery, dueAtMs);
    const { detect_task_id } = head;
    if (verdict.kind !== 'again') deps.measure('deliveries', 1, verdict.kind);
    deps.log({ detect_task_id, delivery: delivery.state, attempts, last_status: delivery.last_status });
    return verdict;
  }

  async function classified(
    head: Head,
    url: string,
    id: string,
    attempts: number,
  ): Promise<{ attempted: Attempted; verdict: Verdict }> {
    // By the rule of today: it may have become stricter since the URL was taken, and does not become laxer by waiting.
    if (callbackFault(url, deps.records.defaults.callbacks ?? {}) !== undefined)
      return { attempted: { fault: 'blocked-url' }, verdict: { kind: 'rejected' } };
    const isShort = (head.face_count ?? 0) <= maxFacesInPayload;
    const detection = isShort ? await deps.records.get(head.detect_task_id) : toDetection(head, undefined);
    // Forgotten meanwhile: the write that follows will find nothing either.
    if (detection === undefined) return { attempted: { fault: 'forgotten' }, verdict: { kind: 'rejected' } };
    const body = payloadOf(detection);
    const attempted = await deps.post({ url, id, body, timeoutMs: attemptTimeoutMs });
    return { attempted, verdict: classifyAttempt(attempted, attempts, deps.random()) };
  }
}
