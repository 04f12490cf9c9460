import type { ApiKeyReader } from '../api-key/reader.ts';
import { classify } from '../crun/classify.ts';
/** One question to the provider, with the key it takes. */
import type { CrunClient } from '../crun/client.ts';
import type { Observation } from '../crun/observation.ts';
import { deadlineBounds } from '../detection/input.ts';
import type { Rate } from '../rate-limit/limiter.ts';
import type { Policy } from './policy.ts';

export interface AskDeps {
  crun: Pick<CrunClient, 'getResult'>;
  apiKey: ApiKeyReader;
  clock: { now(): number };
  policy: Policy;
  rate?: Pick<Rate, 'book'> | undefined;
}

/**
 * Calls the provider, once more with a fresh key where the first one is refused: it may have been rotated. No call
 * begins where a key was so long in coming that hardly any time is left: then nothing is seen, or the refusal stands.
 */
export async function ask(
  deps: AskDeps,
  detectTaskId: string,
  timeoutMs: () => number,
): Promise<{ observation: Observation | undefined; calls: number }> {
  const isTooLate = (): boolean => timeoutMs() < deps.policy.minInvocationGapMs;
  const askWith = async (key: string): Promise<Observation> => {
    const exchange = await deps.crun.getResult(detectTaskId, key, timeoutMs());
    return withoutKey(classify(exchange, { detectTaskId }, deps.clock.now()), key);
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
  // It takes a slot from those to come, and does not wait for it: a rotated key is met once by each process.
  await deps.rate?.book(detectTaskId, deps.clock.now() + deadlineBounds.maxSeconds * 1_000);
  return { observation: await askWith(freshKey), calls: 2 };
}

const leastKeyLength = 8;

/** A provider that repeats the key in its words must bring it into no record and no log. */
function withoutKey(observation: Observation, key: string): Observation {
  if (observation.kind === 'pending' && observation.status === 'unknown')
    return holdsPartOf(observation.name, key) ? { ...observation, name: '…' } : observation;
  if (observation.kind === 'succeeded') {
    const { detectId, startedAt, finishedAt } = observation;
    // An id goes out in events and outputs. The links are the record's alone, and stay as they are.
    const isRepeated = [detectId, startedAt, finishedAt].some((text) => String(text).includes(key));
    // What is as short as a word of a developer's stands in ids by chance; no provider issues such a key.
    return isRepeated && key.length >= leastKeyLength
      ? { kind: 'violation', reason: 'repeats the key' }
      : observation;
  }
  if (!('provider' in observation)) return observation;
  const { code, message } = observation.provider;
  const clean = (text: string | undefined): string | undefined => text?.replaceAll(key, '…');
  return { ...observation, provider: { code: clean(code), message: clean(message) } };
}

/** The name of a status has been cut and put into small letters. */
function holdsPartOf(name: string, key: string): boolean {
  const letters = key.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '?');
  const size = Math.min(letters.length, leastKeyLength);
  return Array.from({ length: letters.length - size + 1 }, (_, at) => letters.slice(at, at + size)).some(
    (part) => name.includes(part),
  );
}
