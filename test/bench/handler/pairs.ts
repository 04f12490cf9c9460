/** Ratios that a busy machine cannot bend: both sides are measured in turn, and the median of the pairs counts. */

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** What one measurement took. */
export interface Cost {
  /** Of the process, user and system together, in milliseconds. */
  cpuMs: number;
  wallMs: number;
}

export interface Comparison {
  ours: Cost;
  bare: Cost;
  /** Ours to bare. */
  ratio: { cpu: number; wall: number };
}

/** One pair after the other, each side first in every second pair. */
export async function compare(
  pairs: number,
  ours: () => Promise<Cost>,
  bare: () => Promise<Cost>,
): Promise<Comparison> {
  const measured: { ours: Cost; bare: Cost }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const first = await ours();
      measured.push({ ours: first, bare: await bare() });
    } else {
      const first = await bare();
      measured.push({ bare: first, ours: await ours() });
    }
  }
  const of = (pick: (pair: { ours: Cost; bare: Cost }) => number): number => median(measured.map(pick));
  return {
    ours: { cpuMs: of((pair) => pair.ours.cpuMs), wallMs: of((pair) => pair.ours.wallMs) },
    bare: { cpuMs: of((pair) => pair.bare.cpuMs), wallMs: of((pair) => pair.bare.wallMs) },
    ratio: {
      cpu: of((pair) => pair.ours.cpuMs / pair.bare.cpuMs),
      wall: of((pair) => pair.ours.wallMs / pair.bare.wallMs),
    },
  };
}
