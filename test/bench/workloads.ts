/** How long detections take: seeded, log-normal. `short` and `long` are the ends beyond the three kinds of media. */
export const workloads = {
  short: { medianS: 0.5, sigma: 0.6 },
  image: { medianS: 1.5, sigma: 0.6 },
  gif: { medianS: 12, sigma: 0.7 },
  video: { medianS: 90, sigma: 1 },
  long: { medianS: 1_800, sigma: 0.6 },
} as const;

export type Workload = keyof typeof workloads;
export const workloadNames = Object.keys(workloads) as Workload[];
export const mediaWorkloads = ['image', 'gif', 'video'] as const satisfies readonly Workload[];

/** What surrounds every policy alike, in milliseconds. */
export interface Conditions {
  /** From a call to the provider to its answer. */
  roundTripMs: number;
  /** What a task's first invocation takes before its handler begins: each task meets a cold sandbox. */
  coldStartMs: number;
  /** What every invocation works beside its calls. */
  workMs: number;
  /** What a call takes besides where a task's connection was idle for as long as the function keeps one open. */
  handshakeMs: number;
}

export const standardConditions: Conditions = { roundTripMs: 150, coldStartMs: 0, workMs: 0, handshakeMs: 0 };
/**
 * The others by which the bench asks whether its verdicts depend on them. `worked` is the worst case of what
 * `bench:handler` measures, at the seventh of a processor that 256 MB buy.
 */
export const otherConditions = {
  near: { ...standardConditions, roundTripMs: 50 },
  far: { ...standardConditions, roundTripMs: 600 },
  worked: { roundTripMs: 150, coldStartMs: 250, workMs: 40, handshakeMs: 120 },
} as const satisfies Record<string, Conditions>;
export type OtherConditions = keyof typeof otherConditions;
export const conditionNames = Object.keys(otherConditions) as OtherConditions[];
export const { roundTripMs } = standardConditions;

/** Beside what a handler measures of itself: the time before it begins, by whether it is the task's first. */
export const overheadMs = ({ coldStartMs, workMs }: Conditions, isFirst: boolean): number =>
  workMs + (isFirst ? coldStartMs : 0);

/**
 * One duration out of each of as many equally likely parts, in milliseconds and in random order: the tail of a video
 * is so heavy that the means of independent draws would differ from seed to seed by more than policies do.
 */
export function durationsOf(workload: Workload, tasks: number, random: () => number): number[] {
  const { medianS, sigma } = workloads[workload];
  const durations = Array.from({ length: tasks }, (_, part) =>
    Math.ceil(1_000 * medianS * Math.exp(sigma * normalQuantile((part + random()) / tasks))),
  );
  for (let last = durations.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [durations[last], durations[other]] = [durations[other] as number, durations[last] as number];
  }
  return durations;
}

/** Acklam's rational approximation: relative error below 1.2e-9. */
export function normalQuantile(share: number): number {
  const p = Math.min(Math.max(share, 1e-9), 1 - 1e-9);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      horner(
        q,
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
      ) / horner(q, 7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    (q *
      horner(
        r,
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
      )) /
    horner(
      r,
      -5.447609879822406e1,
      1.615858368580409e2,
      -1.556989798598866e2,
      6.680131188771972e1,
      -1.328068155288572e1,
      1,
    )
  );
}

const horner = (x: number, ...of: number[]): number =>
  of.reduce((sum, coefficient) => sum * x + coefficient, 0);
