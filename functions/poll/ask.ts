/** One poll: a question to the provider, with the key that it accepts. */
import type { ApiKeyReader } from '../api-key/reader.ts';
import { classify } from '../crun/classify.ts';
import type { CrunClient } from '../crun/client.ts';
import type { Observation } from '../crun/observation.ts';
import { deadlineBounds } from '../detection/input.ts';
import type { RateLimiter } from '../rate-limit/limiter.ts';
import type { Policy } from './policy.ts';

export interface AskDeps {
  crun: Pick<CrunClient, 'getResult'>;
  apiKey: ApiKeyReader;
  clock: { now(): number };
  policy: Policy;
  limiter?: Pick<RateLimiter, 'reserve'> | undefined;
}

/**
 * Calls the provider, and once more with a fresh key where the first one is denied: it may have been rotated. Where
 * reading the key took so long that hardly any time is left, no call begins: then there is no observation, or the denial
 * stands.
 */
export async function ask(
  deps: AskDeps,
  detectTaskId: string,
  timeoutMs: () => number,
): Promise<{ observation: Observation | undefined; calls: number }> {
  const isTooLate = (): boolean => timeoutMs() < deps.policy.minInvocationGapMs;
  const askWith = async (apiKey: string): Promise<Observation> => {
    const exchange = await deps.crun.getResult(detectTaskId, apiKey, timeoutMs());
    return classify(exchange, { detectTaskId, apiKey }, deps.clock.now());
  };
  const noKey: Observation = { kind: 'denied', code: 'UNAUTHORIZED', reason: 'no key', provider: {} };
  const key = await deps.apiKey.read();
  if (key === undefined) return { observation: noKey, calls: 0 };
  if (isTooLate()) return { observation: undefined, calls: 0 };
  const observation = await askWith(key);
  if (observation.kind !== 'denied' || observation.code !== 'UNAUTHORIZED') return { observation, calls: 1 };
  const freshKey = await deps.apiKey.readAfresh();
  if (freshKey === undefined) return { observation: noKey, calls: 1 };
  if (isTooLate()) return { observation, calls: 1 };
  // Reserves a slot and does not wait for it: each process meets a rotated key once.
  await deps.limiter?.reserve(detectTaskId, deps.clock.now() + deadlineBounds.maxSeconds * 1_000);
  return { observation: await askWith(freshKey), calls: 2 };
}
