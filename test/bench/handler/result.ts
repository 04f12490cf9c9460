/** One line of the bench: a number of ours, the bare handler's where there is one, and how far ours may go. */
export interface Result {
  what: string;
  unit: 'KB' | 'ms' | 'MB' | '';
  ours: number;
  bare?: number;
  /** Ours to bare, by the pair. */
  ratio?: number;
  /** Of the ratio where there is one, else of ours. Nothing where the line is there to be known. */
  bound?: number;
}

export const isKept = ({ ours, ratio, bound }: Result): boolean =>
  bound === undefined || (ratio ?? ours) <= bound;

const shown = (value: number | undefined, suffix = ''): string =>
  value === undefined ? '' : `${value.toFixed(2)}${suffix}`;

export function rowOf({ ours, bare, ratio, bound, unit }: Result): Record<string, string> {
  return {
    ours: shown(ours, ` ${unit}`),
    bare: shown(bare, ` ${unit}`),
    ratio: shown(ratio),
    'at most': shown(bound, ratio === undefined ? ` ${unit}` : ''),
  };
}
