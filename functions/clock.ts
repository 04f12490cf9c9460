/** Time, as every function is given it: epoch milliseconds, and a wait. */
export interface Clock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** How old a moment is that this process noted: from the future, where its clock was set back, as old as can be. */
export const ageMs = (thenMs: number, nowMs: number): number => (thenMs > nowMs ? Infinity : nowMs - thenMs);
