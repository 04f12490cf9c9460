/** How long an on-hold answer stops the calls: those of one task, and through the rate limit those of the whole key. */

export const hold = { baseMs: 60_000, maxMs: 240_000, jitter: 0.25 } as const;

/** Maintenance or missing credits take minutes to mend: 1, 2, 4, 4 … minutes, each up to a quarter longer. */
export const holdMs = (holdsInARow: number, random: number): number =>
  Math.min(hold.baseMs * 2 ** (holdsInARow - 1), hold.maxMs) * (1 + hold.jitter * random);
