/** Judges the promises from the history alone. It knows the contract, and nothing of the code that is to keep it. */
import { checkArchive } from './check-archive.ts';
import { checkCare } from './check-care.ts';
import { checkPace } from './check-pace.ts';
import { checkPrice } from './check-price.ts';
import { checkPublished } from './check-published.ts';
import { checkRecord } from './check-record.ts';
import { checkSilence } from './check-silence.ts';
import { checkSubmission } from './check-submission.ts';
import { checkTime } from './check-time.ts';
import { type AllFacts, createFacts } from './facts.ts';
import type { Entry } from './history.ts';
import type { Story } from './run.ts';

type Promised =
  | 'one answer'
  | "the provider's answer"
  | 'in time'
  | 'paced'
  | 'published'
  | 'silent'
  | 'undisturbed'
  | 'priced'
  | 'submitted once'
  | 'archived'
  /** Not numbered, and as firm: faces are personal data. */
  | 'not kept';

export interface Finding {
  promise: Promised;
  task: string;
  atMs: number;
  sentence: string;
}

/** What a check is given. */
export interface Judge {
  facts: AllFacts;
  broken: (promise: Promised, task: string, sentence: string) => void;
  rate: number;
  clocksAreRight: boolean;
  archives: boolean;
}

export interface Check {
  /** Each before it is added to the facts. */
  on?: { [What in Entry['what']]?: (entry: Extract<Entry, { what: What }>, atMs: number) => void };
  finish?: (this: void) => void;
}

const checks = [
  checkRecord,
  checkTime,
  checkPace,
  checkPublished,
  checkSilence,
  checkPrice,
  checkCare,
  checkSubmission,
  checkArchive,
];

export function createChecker({
  rate,
  enabled,
  archives = false,
}: Pick<Story, 'rate' | 'enabled' | 'archives'>) {
  const facts = createFacts();
  const findings: Finding[] = [];
  const counts: Record<string, number> = {};
  const clocksAreRight = !enabled.includes('clock');
  let nowMs = 0;
  const broken: Judge['broken'] = (promise, task, sentence) =>
    void findings.push({ promise, task, atMs: nowMs, sentence });
  const running: Check[] = checks.map((check) => check({ facts, broken, rate, clocksAreRight, archives }));
  const count = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);

  return {
    findings,

    see(entry: Entry, atMs: number): void {
      nowMs = atMs;
      for (const { on } of running)
        (on?.[entry.what] as ((entry: Entry, atMs: number) => void) | undefined)?.(entry, atMs);
      facts.see(entry, atMs);
      if (entry.what === 'called') count('calls');
      if (entry.what === 'event') count('events');
      if (entry.what === 'push' && entry.isAcknowledged) count(`pushes answered ${entry.answer}`);
      if (entry.what === 'fault') count(`${entry.fault.edge}: ${entry.fault.fault}`);
      if (entry.what === 'swept') count('sweeps');
      if (entry.what === 'first-post') count(`first POST ${entry.meets}`);
      if (entry.what === 'post-ended') count(`POST ${entry.posted}`);
      if (entry.what === 'answered' && entry.verb === 'detect')
        count(`detect ${entry.outcome.replace(': ', ' ')}`);
    },
    finish(): { findings: Finding[]; counts: Record<string, number> } {
      for (const check of running) check.finish?.();
      for (const { head } of facts.tasks.values()) {
        count(head?.status ?? (head === undefined ? 'no record' : 'forgotten'));
        if (head?.error !== undefined) count(`code ${head.error.code}`);
        if (head?.archive !== undefined) count(`archive ${head.archive.state}`);
        if (head?.delivery !== undefined) count(`webhook ${head.delivery.state}`);
      }
      return { findings, counts };
    },
  };
}
