/** What a process does by itself while the shared rate cannot be reached: little, and never all processes at once. */

/** On average from one call to the next, of each process. */
const gapMs = 10_000;

/** When this process may call next; each answer is another one's. */
export function createFallback(random: () => number) {
  let lastMs = 0;
  return (nowMs: number): number => {
    lastMs = Math.max(lastMs, nowMs) + Math.ceil(gapMs * (0.5 + random()));
    return lastMs;
  };
}
