/** What a process allows itself while the shared limit cannot be reached: few calls, and never all processes at once. */

/** The average gap between two calls of one process. */
const gapMs = 10_000;

/** When this process may call next; each answer is a slot of its own. */
export function createFallback(random: () => number) {
  let [lastMs, seenMs] = [0, 0];
  return (nowMs: number): number => {
    // A clock that was set back takes its slots with it.
    if (nowMs < seenMs) lastMs -= seenMs - nowMs;
    seenMs = nowMs;
    lastMs = Math.max(lastMs, nowMs) + Math.ceil(gapMs * (0.5 + random()));
    return lastMs;
  };
}
