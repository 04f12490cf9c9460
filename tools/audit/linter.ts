/** What a judge that reads templates as files consists of. */
import type { Finding } from './finding.ts';

/** Why a rule does not apply to this stack, by its id. Where a setting obeys the rule, one shape has to. */
export type Excuses = Readonly<
  Record<string, string | { readonly reason: string; readonly obeyedIn: string }>
>;

const organisation = 'for-an-organisation.json';
export const unless = (setting: string, reason: string) => ({
  reason: `${reason}; \`${setting}\` obeys it`,
  obeyedIn: organisation,
});

/** Why the bucket of pictures breaks rules for buckets, in whatever judge's words. */
export const noAccessLogs =
  'access logs would name who was detected when; CloudTrail has data events for those who need them';
export const noVersions = 'what is forgotten is gone: a version or a lock would keep the picture of a face';

export interface Linter {
  readonly name: string;
  /** Where its program comes from. */
  readonly source: 'Python' | 'npm';
  readonly program: string;
  readonly args: (files: readonly string[]) => string[];
  /** Rules that a template breaks on purpose: a judge that finds less than these has read nothing. */
  readonly finds: readonly string[];
  /** Throws if the output does not prove that the templates were read. */
  readonly read: (answer: string) => Finding[];
  readonly excuses: Excuses;
}
