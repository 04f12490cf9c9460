import type { Breakdown } from '../telemetry/metrics.ts';

/** What the sweep did about a record that is due. */
export type SweepOutcome = Breakdown<'swept'>[0];
export type SweepCounts = Record<SweepOutcome, number>;

/** One line for each record that the sweep did something about. */
export type SweepLine = {
  detect_task_id: string;
  sweep: SweepOutcome;
  error?: string;
};
