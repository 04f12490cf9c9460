/**
 * How fast a service takes what we ask of it: nobody tells, and others ask for their share too. So a pacer begins as
 * fast as its callers are, and learns from each refusal (CUBIC, as networks do).
 */
export interface PacerDeps {
  /** Epoch milliseconds. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export interface Pacer {
  /** Waits for its turn and makes the call, again while it is refused; rejects as the call does, or when it is given up. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Nobody waits any longer, now or later. */
  end(reason: Error): void;
}

export interface PacerOptions {
  isRefusal: (error: unknown) => boolean;
  /** What a caller is told when nothing was taken for so long. */
  givenUp: (refusal: unknown) => Error;
}

export const pacing = {
  /** A refusal leaves this part of the rate. The service's own bucket fills meanwhile, so that nothing is lost by it. */
  cut: 0.7,
  /** Where another one follows within a second, the rate was far off. */
  cutAgain: 0.5,
  againMs: 1_000,
  /** Calls a second at the least: one is enough to learn that there is room again. */
  minPerSecond: 1,
  /** Calls a second per cubed second: back at the refused rate some seconds after the cut, far above it soon after. */
  growth: 0.4,
  /** What was taken in the last second or two is what a first refusal cuts. */
  latelyMs: 1_000,
  /** A pause is not saved up: no more than so long of it comes at once. */
  savedMs: 50,
  /** After so long without one call taken, everybody is told so … */
  patienceMs: 120_000,
  /** … and nobody waits for another proof of it for so long. */
  restMs: 10_000,
} as const;

/** Calls are let through in the order in which they came, at once until the first refusal. */
export function createPacer({ now, sleep }: PacerDeps, { isRefusal, givenUp }: PacerOptions): Pacer {
  const waiting: { go: () => void; fail: (reason: Error) => void }[] = [];
  /** The last cut: of what rate, to what part of it, when. */
  let last: { ofPerSecond: number; to: number; atMs: number } | undefined;
  /** What was taken lately: this window and the one before it. */
  let [before, lately] = [windowAt(now()), windowAt(now())];
  let nextAtMs = 0;
  let refusedSinceMs: number | undefined;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let givenUpBecause: Error | undefined;
  let isAdmitting = false;

  function turn(): Promise<void> {
    if (givenUpBecause !== undefined && now() < restUntilMs) return Promise.reject(givenUpBecause);
    if (last === undefined) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ go: resolve, fail: reject });
    void admit();
    return promise;
  }

  async function admit(): Promise<void> {
    if (isAdmitting) return;
    isAdmitting = true;
    while (waiting.length > 0) {
      const waitMs = nextAtMs - now();
      if (waitMs > 0) {
        await sleep(waitMs);
        continue;
      }
      nextAtMs = Math.max(nextAtMs, now() - pacing.savedMs) + 1_000 / perSecond();
      waiting.shift()?.go();
    }
    isAdmitting = false;
  }

  function perSecond(): number {
    if (last === undefined) return Number.POSITIVE_INFINITY;
    const seconds = (now() - last.atMs) / 1_000;
    const backAfterSeconds = Math.cbrt((last.ofPerSecond * (1 - last.to)) / pacing.growth);
    const grown = last.ofPerSecond + pacing.growth * (seconds - backAfterSeconds) ** 3;
    return Math.max(grown, pacing.minPerSecond);
  }

  /** What was under way when the rate was cut says nothing new by being refused: `cutThen` is the cut of its start. */
  function refused(cutThen: typeof last, refusal: unknown): void {
    refusedSinceMs ??= now();
    if (now() - refusedSinceMs >= pacing.patienceMs) return giveUp(givenUp(refusal));
    if (cutThen !== last) return;
    const isAgain = last !== undefined && now() - last.atMs < pacing.againMs;
    const latelyMs = Math.max(now() - before.sinceMs, pacing.latelyMs / 10);
    const taken = (1_000 * (before.taken + lately.taken)) / latelyMs;
    const ofPerSecond = isAgain ? perSecond() : Math.min(perSecond(), Math.max(taken, pacing.minPerSecond));
    last = { ofPerSecond, to: isAgain ? pacing.cutAgain : pacing.cut, atMs: now() };
    nextAtMs = now() + 1_000 / perSecond();
  }

  function giveUp(reason: Error): void {
    givenUpBecause = reason;
    restUntilMs = now() + pacing.restMs;
    for (const { fail } of waiting.splice(0)) fail(reason);
  }

  return {
    async run(call) {
      for (;;) {
        await turn();
        const cutThen = last;
        try {
          const answer = await call();
          if (now() - lately.sinceMs > pacing.latelyMs) [before, lately] = [lately, windowAt(now())];
          lately.taken += 1;
          refusedSinceMs = undefined;
          givenUpBecause = undefined;
          return answer;
        } catch (error) {
          if (!isRefusal(error)) throw error;
          refused(cutThen, error);
        }
      }
    },
    end(reason) {
      giveUp(reason);
      restUntilMs = Number.POSITIVE_INFINITY;
    },
  };
}

const windowAt = (sinceMs: number) => ({ sinceMs, taken: 0 });
