/**
 * Keeps the rate of our requests below what a service takes. The limit is not known, and other programs use a part of
 * it, so the limiter starts without one and learns from each throttled request: CUBIC, as TCP does.
 * Why it is not the SDK's own: docs/decisions/limiter-by-hand.md.
 */
export interface RequestLimiterDeps {
  /** Epoch milliseconds. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export interface RequestLimiter {
  /** Makes the request when its slot comes, and again while it is throttled. Rejects as the request does, or on time-out. */
  run<T>(request: () => Promise<T>): Promise<T>;
  /** Rejects all requests that wait, and every later one. */
  end(reason: Error): void;
}

export interface RequestLimiterOptions {
  isThrottled: (error: unknown) => boolean;
  /** The error of requests that wait when none was accepted for `patienceMs`. */
  timeoutError: (throttled: unknown) => Error;
}

export const limiterPolicy = {
  /** A throttled request leaves this part of the rate. The service's own bucket fills meanwhile, so nothing is lost. */
  cut: 0.7,
  /** Another one within a second shows that the rate was far off. */
  cutAgain: 0.5,
  againMs: 1_000,
  /** Requests a second at least: one is enough to learn that there is room again. */
  minPerSecond: 1,
  /** Requests a second per cubed second: back at the throttled rate some seconds after the cut, far above it soon after. */
  growth: 0.4,
  /** The first cut is a part of what was accepted in the last one or two of these windows. */
  windowMs: 1_000,
  /** A pause is not saved up: at most this much of it comes at once. */
  burstMs: 50,
  /** After this long without an accepted request, all that wait are rejected … */
  patienceMs: 120_000,
  /** … and for this long every new one is, without a further try. */
  restMs: 10_000,
} as const;

/** Requests start in the order in which they came, and at once until the first is throttled. */
export function createRequestLimiter(
  { now, sleep }: RequestLimiterDeps,
  { isThrottled, timeoutError }: RequestLimiterOptions,
): RequestLimiter {
  const { cut, cutAgain, againMs, minPerSecond, growth, windowMs, burstMs, patienceMs, restMs } =
    limiterPolicy;
  const waiting: { start: () => void; fail: (reason: Error) => void }[] = [];
  /** The last cut: of which rate, to what part of it, when. */
  let lastCut: { ofPerSecond: number; to: number; atMs: number } | undefined;
  let [previous, current] = [windowAt(now()), windowAt(now())];
  let nextSlotMs = 0;
  let throttledSinceMs: number | undefined;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let rejection: Error | undefined;
  let isStarting = false;

  function slot(): Promise<void> {
    if (rejection !== undefined && now() < restUntilMs) return Promise.reject(rejection);
    if (lastCut === undefined) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ start: resolve, fail: reject });
    void startWaiting();
    return promise;
  }

  async function startWaiting(): Promise<void> {
    if (isStarting) return;
    isStarting = true;
    while (waiting.length > 0) {
      const waitMs = nextSlotMs - now();
      if (waitMs > 0) {
        await sleep(waitMs);
        continue;
      }
      nextSlotMs = Math.max(nextSlotMs, now() - burstMs) + 1_000 / perSecond();
      waiting.shift()?.start();
    }
    isStarting = false;
  }

  function perSecond(): number {
    if (lastCut === undefined) return Number.POSITIVE_INFINITY;
    const { ofPerSecond, to, atMs } = lastCut;
    const recoverySeconds = Math.cbrt((ofPerSecond * (1 - to)) / growth);
    const grown = ofPerSecond + growth * ((now() - atMs) / 1_000 - recoverySeconds) ** 3;
    return Math.max(grown, minPerSecond);
  }

  /** Requests that started before the last cut say nothing about the rate since: `cutAtStart` tells them apart. */
  function onThrottled(cutAtStart: typeof lastCut, error: unknown): void {
    throttledSinceMs ??= now();
    if (now() - throttledSinceMs >= patienceMs) return rejectAll(timeoutError(error));
    if (cutAtStart !== lastCut) return;
    const isAgain = lastCut !== undefined && now() - lastCut.atMs < againMs;
    const observedMs = Math.max(now() - previous.sinceMs, windowMs / 10);
    const accepted = (1_000 * (previous.accepted + current.accepted)) / observedMs;
    const ofPerSecond = isAgain ? perSecond() : Math.min(perSecond(), Math.max(accepted, minPerSecond));
    lastCut = { ofPerSecond, to: isAgain ? cutAgain : cut, atMs: now() };
    nextSlotMs = now() + 1_000 / perSecond();
  }

  function onAccepted(): void {
    if (now() - current.sinceMs > windowMs) [previous, current] = [current, windowAt(now())];
    current.accepted += 1;
    throttledSinceMs = undefined;
    rejection = undefined;
  }

  function rejectAll(reason: Error): void {
    rejection = reason;
    restUntilMs = now() + restMs;
    for (const { fail } of waiting.splice(0)) fail(reason);
  }

  return {
    async run(request) {
      for (;;) {
        await slot();
        const cutAtStart = lastCut;
        try {
          const answer = await request();
          onAccepted();
          return answer;
        } catch (error) {
          if (!isThrottled(error)) throw error;
          onThrottled(cutAtStart, error);
        }
      }
    },
    end(reason) {
      rejectAll(reason);
      restUntilMs = Number.POSITIVE_INFINITY;
    },
  };
}

const windowAt = (sinceMs: number) => ({ sinceMs, accepted: 0 });
