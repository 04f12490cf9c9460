/** What may come of a record that is overdue. */
export const sweepOutcomes = [
  /** Its execution runs: asked after again a few minutes later. */
  'postponed',
  /** Its execution is gone: another one polls, under the old deadline. */
  'restarted',
  /** Somebody stopped its execution. */
  'cancelled',
  /** Nobody had an answer by the deadline. */
  'lost',
  /** Final, but the event bus had not been told, or nobody can say. */
  'published',
  /** Final, and its next webhook is due. */
  'delivering',
  /** Nothing was left to be done but to delete what a crash left behind. */
  'cleaned',
  /** Somebody else was faster, or the index is behind. */
  'skipped',
  /** A part of ours failed over it; it is still overdue at the next sweep. */
  'failed',
] as const;
export type SweepOutcome = (typeof sweepOutcomes)[number];
export type SweepCounts = Record<SweepOutcome, number>;
