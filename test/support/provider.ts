/**
 * The provider as a function: the real wire forms for the real classify, a round trip that passes in virtual time, and
 * an answer that exists from a known moment on.
 */
import type { CrunClient, Exchange } from '../../functions/crun/client.ts';
import { pending, refusal, succeeded } from '../../local/simulator/envelope.ts';
import { answered } from './answers.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** For so long fetch keeps an idle connection open. */
const keepAliveMs = 4_000;

interface ProviderTask {
  submittedMs: number;
  /** From here on there is an answer. */
  readyMs: number;
  calls: number;
  /** When its connection was used last. */
  connectedMs?: number;
}

export interface Provider extends Pick<CrunClient, 'getResult'> {
  /** Under an id that is known already, the task begins anew. */
  submit(detectTaskId: string, durationMs: number): ProviderTask;
  task(detectTaskId: string): ProviderTask | undefined;
  /** Calls of all tasks so far. */
  calls(): number;
}

export interface ProviderOptions {
  /** From a call to its answer; the provider looks at the task half-way. */
  roundTripMs?: number;
  /** What a call takes before its round trip where the task's connection was idle for `keepAliveMs`. */
  handshakeMs?: number;
  faces?: number;
  /** Another answer than the task's own, such as a 429; nothing where the task speaks for itself. */
  instead?: (detectTaskId: string, atMs: number) => Exchange | undefined;
}

export function createProvider(clock: VirtualClock, options: ProviderOptions = {}): Provider {
  const { roundTripMs = 150, handshakeMs = 0, faces = 2 } = options;
  const tasks = new Map<string, ProviderTask>();
  let calls = 0;

  function answer(detectTaskId: string, atMs: number): Exchange {
    const instead = options.instead?.(detectTaskId, atMs);
    if (instead !== undefined) return instead;
    const task = tasks.get(detectTaskId);
    if (task === undefined) return answered(refusal(404), 404);
    task.calls += 1;
    const { submittedMs: startedAtMs, readyMs: finishedAtMs } = task;
    const answeredTask = { detectTaskId, startedAtMs, finishedAtMs };
    if (atMs >= finishedAtMs) return answered(succeeded(answeredTask, { faces }));
    const isAtWork = atMs - startedAtMs >= (finishedAtMs - startedAtMs) / 3;
    return answered(pending(answeredTask, { status: isAtWork ? 'processing' : 'starting' }));
  }

  async function connect(task: ProviderTask | undefined): Promise<void> {
    if (handshakeMs === 0 || task === undefined) return;
    if (clock.now() - (task.connectedMs ?? -Infinity) >= keepAliveMs) await clock.sleep(handshakeMs);
    task.connectedMs = clock.now() + roundTripMs;
  }

  return {
    submit(detectTaskId, durationMs) {
      const submittedMs = clock.now();
      const task = { submittedMs, readyMs: submittedMs + durationMs, calls: 0 };
      tasks.set(detectTaskId, task);
      return task;
    },
    task: (detectTaskId) => tasks.get(detectTaskId),
    calls: () => calls,
    async getResult(detectTaskId, _apiKey, timeoutMs) {
      calls += 1;
      await connect(tasks.get(detectTaskId));
      const exchange = answer(detectTaskId, clock.now() + roundTripMs / 2);
      await clock.sleep(Math.min(roundTripMs, timeoutMs));
      return roundTripMs <= timeoutMs ? exchange : { kind: 'no-answer', fault: 'timeout' };
    },
  };
}
