/** How long a pending task waits for its next poll. */
import type { Policy } from './policy.ts';

/** The gap to a pending task's next poll, before jitter: it grows with the root of the age, up to a fifth of the age. */
export function pendingGapMs(policy: Policy, ageMs: number, gapScale = policy.laterGapScale): number {
  const age = Math.max(ageMs, 0);
  const cheapestMs = gapScale * 1_000 * Math.sqrt(age / 1_000);
  const gapMs = Math.max(cheapestMs, age * policy.lateFraction);
  return Math.min(gapMs, age * policy.ageFraction, policy.maxGapMs);
}

/** The part of a gap that is waited, so that tasks that began together drift apart. */
export const jitter = (policy: Policy, random: number): number =>
  policy.jitterFloor + (1 - policy.jitterFloor) * random;
