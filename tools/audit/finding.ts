/** An objection of a judge. */
export interface Finding {
  readonly rule: string;
  /** The resource, as the judge names it. */
  readonly at: string;
  readonly message: string;
}

export interface Verdict {
  readonly judge: string;
  readonly findings: readonly Finding[];
  /** Rules that are excused, each with the reason. */
  readonly excused?: readonly string[];
  /** Why the judge did not run. */
  readonly skipped?: string;
}

/** A skipped judge is an objection in CI only. */
export const isObjection = ({ findings, skipped }: Verdict, isCi: boolean): boolean =>
  findings.length > 0 || (skipped !== undefined && isCi);

/** A line for the verdict, one per finding and one per excuse. */
export function describe({ judge, findings, excused = [], skipped }: Verdict): string {
  const but = excused.length === 0 ? '' : `; excused, with reasons: ${excused.length}`;
  const word = findings.length === 0 ? 'agrees' : `finds ${findings.length}`;
  return [
    `${judge.padEnd(14)} ${skipped === undefined ? `${word}${but}` : `skipped: ${skipped}`}`,
    ...findings.map(({ rule, at, message }) => `  ✗ ${rule} · ${at} · ${message}`),
    ...excused.map((sentence) => `    ${sentence}`),
  ].join('\n');
}
