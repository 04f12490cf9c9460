/** What a judge holds against the stack. */
export interface Finding {
  /** Which of the judge's rules. */
  readonly rule: string;
  /** The resource, as its judge names it. */
  readonly at: string;
  /** What is wrong with it. */
  readonly message: string;
}

export interface Verdict {
  readonly judge: string;
  readonly findings: readonly Finding[];
  /** What it would have objected to, each with the reason why it need not. */
  readonly excused?: readonly string[];
  /** Why it did not judge. */
  readonly skipped?: string;
}

/** Whoever lacks a judge is not kept from working; what is merged has been read by every one of them. */
export const isObjection = ({ findings, skipped }: Verdict, isCi: boolean): boolean =>
  findings.length > 0 || (skipped !== undefined && isCi);

/** A line for the verdict, one for each finding, one for each excuse. */
export function describe({ judge, findings, excused = [], skipped }: Verdict): string {
  const but = excused.length === 0 ? '' : `; excused, with reasons: ${excused.length}`;
  const word = findings.length === 0 ? 'agrees' : `finds ${findings.length}`;
  return [
    `${judge.padEnd(14)} ${skipped === undefined ? `${word}${but}` : `skipped: ${skipped}`}`,
    ...findings.map(({ rule, at, message }) => `  ✗ ${rule} · ${at} · ${message}`),
    ...excused.map((sentence) => `    ${sentence}`),
  ].join('\n');
}
