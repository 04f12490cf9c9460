/**
 * Delivers a final record to its `callback_url`: at once, after 5 s, then whenever its outbox entry is due. Running it
 * twice is harmless: an attempt is claimed on the record before it is made. A push whose outcome a crash kept from the
 * record is sent again under the same id.
 */
import { type Clock, iso } from '../../clock.ts';
import { callbackFault } from '../../detection/callback-rule.ts';
import { toDetection } from '../../detection/fields.ts';
import type { DetectTaskId } from '../../detection/input.ts';
import { type Delivery, deliveryId, isFinal } from '../../detection/types.ts';
import { isDueAt } from '../../records/head.ts';
import type { Head } from '../../records/item.ts';
import { currentDelivery, newDelivery } from '../../records/outbox.ts';
import type { Records } from '../../records/records.ts';
import type { Measure } from '../../telemetry/metrics.ts';
import { maxFacesInPayload, payloadOf } from './payload.ts';
import {
  type Attempted,
  type AttemptResult,
  attemptTimeoutMs,
  classifyAttempt,
  endBefore,
  secondAttemptMs,
} from './schedule.ts';

export interface DeliverDeps {
  records: Pick<Records, 'read' | 'get' | 'recordDelivery' | 'defaults'>;
  /** Rejects where nothing can be signed: an attempt that cannot be made must not count. */
  ready: () => Promise<unknown>;
  /** Sends one signed request. */
  post: (push: { url: string; id: string; body: string; timeoutMs: number }) => Promise<Attempted>;
  clock: Clock;
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

/** Longer than any attempt: a claim is due again only where its claimer has died. */
const claimMs = 60_000;
const maxConflicts = 10;
/** A redelivery counts its attempts anew; the newest of the earlier ones are kept. */
const maxHistory = 20;

export function createDeliver(deps: DeliverDeps) {
  const { records, clock } = deps;

  /** `undefined` where nothing is due. `publishedId`: of the event of a final record, where one is the trigger. */
  return async function deliver(
    detectTaskId: DetectTaskId,
    publishedId?: string,
  ): Promise<AttemptResult['kind'] | undefined> {
    for (let conflicts = 0; conflicts < maxConflicts;) {
      const current = await records.read(detectTaskId);
      if (current.kind !== 'head') return undefined;
      const due = dueDelivery(current.head, publishedId, clock.now());
      if (due === undefined) return undefined;
      const result = await attempt(deps, current.head, due);
      if (result === 'conflict') {
        // With the write that follows the event, or with another invocation: the record says which.
        conflicts += 1;
        continue;
      }
      if (result.kind !== 'retry' || result.inMs > secondAttemptMs) return result.kind;
      await clock.sleep(result.inMs);
    }
    return undefined;
  };
}

interface Due {
  url: string;
  before: Delivery;
}

function dueDelivery(head: Head, publishedId: string | undefined, nowMs: number): Due | undefined {
  const { status, callback_url: url } = head;
  if (!isFinal(status) || url === undefined) return undefined;
  // The event may arrive before the write that marks the record as published. A late event of the attempt before a retry
  // must not begin a delivery: it would mark a record as published that is not.
  const begun = publishedId === deliveryId(head) ? newDelivery(head, nowMs) : undefined;
  const before = currentDelivery(head) ?? begun;
  const isDue = before?.state === 'pending' && isDueAt(before.next_at, nowMs);
  return isDue ? { url, before } : undefined;
}

async function attempt(deps: DeliverDeps, head: Head, due: Due): Promise<AttemptResult | 'conflict'> {
  const { records, clock } = deps;
  const { url, before } = due;
  await deps.ready();
  const attempts = before.attempts + 1;
  const untilMs = clock.now() + claimMs;
  const claim = { ...before, attempts, next_at: iso(untilMs) };
  const claimed = await records.recordDelivery(head, claim, untilMs);
  if (claimed === 'conflict') return 'conflict';
  const at = iso(clock.now());
  const attempted = await push(deps, claimed, url, before.id);
  const classified = classifyAttempt(attempted, attempts, deps.random());
  const result = endBefore(head.expires_at * 1_000 - clock.now(), classified);
  const status = 'status' in attempted ? attempted.status : undefined;
  const dueAtMs = result.kind === 'retry' ? clock.now() + result.inMs : undefined;
  const delivery: Delivery = {
    id: before.id,
    state: result.kind === 'retry' ? 'pending' : result.kind,
    attempts,
    ...(status !== undefined && { last_status: status }),
    ...(dueAtMs !== undefined && { next_at: iso(dueAtMs) }),
    history: [
      ...before.history,
      { at, ...('fault' in attempted ? { fault: attempted.fault } : { status: attempted.status }) },
    ].slice(-maxHistory),
  };
  await recordResult(deps, claimed, delivery, dueAtMs);
  if (result.kind !== 'retry') deps.measure('deliveries', 1, result.kind);
  const { detect_task_id } = head;
  deps.log({ detect_task_id, delivery: delivery.state, attempts, last_status: status });
  return result;
}

/** The archive writes to the record too: what counts is that our claim still stands. */
async function recordResult(
  { records }: DeliverDeps,
  claimed: Head,
  delivery: Delivery,
  dueAtMs: number | undefined,
): Promise<void> {
  const { next_at, attempts } = claimed.delivery ?? {};
  let head = claimed;
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    if ((await records.recordDelivery(head, delivery, dueAtMs)) !== 'conflict') return;
    const current = await records.read(head.detect_task_id);
    if (current.kind !== 'head') return;
    const stands = currentDelivery(current.head);
    if (stands?.next_at !== next_at || stands?.attempts !== attempts) return;
    head = current.head;
  }
}

async function push({ records, post }: DeliverDeps, head: Head, url: string, id: string): Promise<Attempted> {
  // By the present rule, which may be stricter than the one at the start.
  if (callbackFault(url, records.defaults.callbacks ?? {}) !== undefined) return { fault: 'blocked-url' };
  const isShort = (head.face_count ?? 0) <= maxFacesInPayload;
  const detection = isShort ? await records.get(head.detect_task_id) : toDetection(head, undefined);
  if (detection === undefined) return { fault: 'forgotten' };
  return post({ url, id, body: payloadOf(detection), timeoutMs: attemptTimeoutMs });
}
