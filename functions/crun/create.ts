/**
 * Creates a detection task: one POST, never repeated here. No idempotency key is documented, so a second POST is a second
 * task. Pure apart from the call: what the answer means is a value.
 */
import { DetectTaskId } from '../detection/input.ts';
import type { MediaType } from '../detection/types.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import type { TransportFault } from '../http/transport-fault.ts';
import type { CrunClient, Exchange } from './client.ts';
import { endpoints } from './endpoints.ts';
import { parseEnvelope } from './envelope.ts';
import { objectIn, textIn } from './json.ts';
import { createWords, type Words } from './words.ts';

/** Nothing was created, and the provider says so itself. */
const rejectionCodes = [401, 402, 403, 404, 422, 429, 455, 505] as const;
export type RejectionCode = (typeof rejectionCodes)[number];
const isRejection = (code: number): code is RejectionCode =>
  (rejectionCodes as readonly number[]).includes(code);

export type Creation =
  | { kind: 'created'; detectTaskId: DetectTaskId }
  /** `message`: the provider's words, without our key. */
  | { kind: 'rejected'; code: RejectionCode; message: string | undefined; retryAfterMs: number | undefined }
  /** No connection was made. */
  | { kind: 'unsent'; fault: TransportFault }
  /** Sent, and nothing tells whether there is a task. */
  | { kind: 'unknown'; reason: string };

export interface CreateDeps {
  crun: Pick<CrunClient, 'call'>;
  now: () => number;
}

export async function createDetection(
  { crun, now }: CreateDeps,
  media: { media_url: string; media_type: MediaType },
  { apiKey, timeoutMs }: { apiKey: string; timeoutMs: number },
): Promise<Creation> {
  const endpoint = media.media_type === 'image' ? endpoints.detectImage : endpoints.detectVideo;
  let isConnected = false;
  const exchange = await crun.call(endpoint, {
    body: { [endpoint.mediaField]: media.media_url },
    apiKey,
    timeoutMs,
    onConnect() {
      isConnected = true;
    },
  });
  if (exchange.kind === 'no-answer' && !isConnected) return { kind: 'unsent', fault: exchange.fault };
  return classifyCreation(exchange, apiKey, now());
}

/** Of a request that was sent. Only the provider's own envelope tells what became of it. */
function classifyCreation(exchange: Exchange, apiKey: string, nowMs: number): Creation {
  if (exchange.kind === 'no-answer') return { kind: 'unknown', reason: exchange.fault };
  const { httpStatus } = exchange;
  if (exchange.kind === 'unreadable')
    return { kind: 'unknown', reason: `HTTP ${httpStatus}, ${exchange.fault}` };
  const parsed = parseEnvelope(exchange.body);
  const words = createWords(apiKey);
  const hasSucceeded = httpStatus >= 200 && httpStatus < 300;
  if (parsed.kind !== 'envelope') {
    const id = parsed.kind === 'other-object' && hasSucceeded ? taskIdIn(parsed.data, words) : undefined;
    return id === undefined
      ? { kind: 'unknown', reason: `HTTP ${httpStatus}, ${parsed.kind}` }
      : { kind: 'created', detectTaskId: id };
  }
  const { code, data, message } = parsed.envelope;
  const detectTaskId = taskIdIn(data, words);
  if (detectTaskId !== undefined) {
    if (code === 200 && hasSucceeded) return { kind: 'created', detectTaskId };
  } else if (isRejection(code)) {
    const hintMs = retryAfterMs(exchange.retryAfter, nowMs);
    return { kind: 'rejected', code, message: words.of(message).message, retryAfterMs: hintMs };
  }
  return { kind: 'unknown', reason: `HTTP ${httpStatus}, code ${code}` };
}

/** An id that was answered names a task that was paid for, in whatever form it comes. */
function taskIdIn(data: unknown, words: Words): DetectTaskId | undefined {
  const id = DetectTaskId.safeParse(textIn(objectIn(data)?.['detect_task_id']));
  return id.success && !words.holdsKey(id.data) ? id.data : undefined;
}
