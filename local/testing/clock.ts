/**
 * A clock that skips: time passes only when all that is at work sleeps, and then jumps to the first that wakes. Work in
 * between (real sockets, a real database protocol) takes no time at all on it.
 */
export interface SkippingClock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Counts what runs in it as at work, until it ends. */
  attend<T>(work: () => Promise<T>): Promise<T>;
}

export function createSkippingClock(startMs: number = Date.UTC(2026, 10, 22, 12)): SkippingClock {
  let nowMs = startMs;
  let atWork = 0;
  const sleepers: { atMs: number; wake: () => void }[] = [];

  function skip(): void {
    if (sleepers.length === 0 || sleepers.length < atWork) return;
    sleepers.sort((a, b) => a.atMs - b.atMs);
    const first = sleepers.shift();
    if (first === undefined) return;
    nowMs = Math.max(nowMs, first.atMs);
    first.wake();
  }

  return {
    now: () => nowMs,
    sleep: (ms) =>
      new Promise((wake) => {
        sleepers.push({ atMs: nowMs + ms, wake });
        skip();
      }),
    async attend(work) {
      atWork += 1;
      try {
        return await work();
      } finally {
        atWork -= 1;
        skip();
      }
    },
  };
}
