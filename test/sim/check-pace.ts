/** Promise 4: few calls for a task, rivals included, and one rate for all of them. */
import type { Check, Judge } from './check.ts';
import { type Call, type Facts, isCalm } from './facts.ts';

/** Of one attempt of an hour at the most, apart from what troubles add. */
const callsOfAnAttempt = 230;
const burst = 10;
const windowsMs = [1_000, 10_000, 60_000, 600_000];
/** A slot is used so late at the most; clocks of sandboxes differ by as much again. */
const graceMs = 2_000;

/** The last poll begins ten seconds before the deadline, its invocation up to two earlier, and by a clock of its own. */
const lastPollsMs = 13_000;

export function checkPace({ facts, broken, rate }: Judge): Check {
  const calls: number[] = [];
  /** When a call may have come beside the rate: of an invocation that ran twice, a key read afresh, a cut-off item. */
  const excuses: number[] = [];
  let freeUntilMs = 0;

  function seeCall(task: string, known: Facts, invocation: number, atMs: number): void {
    const others = [...known.calls.values()];
    if (isCalm(known)) {
      const last = others.at(-1);
      if (others.some(({ saidAtMs, invocation: other }) => saidAtMs === undefined && other !== invocation))
        broken('paced', task, 'asked about by two at a time');
      const tooSoonMs =
        last === undefined ? 0 : earliestMs(known, last, last.invocation !== invocation) - atMs;
      const isLast = known.head !== undefined && atMs > Date.parse(known.head.deadline_at) - lastPollsMs;
      if (tooSoonMs > 0 && !isLast)
        broken('paced', task, `asked again ${tooSoonMs} ms too soon after ${last?.said?.kind}`);
    }
    const troubles = others.filter(({ said }) => said?.kind !== 'pending').length;
    const faults = Object.values(known.faults).reduce((sum, each) => sum + each, 0);
    const most = callsOfAnAttempt * (known.head?.attempt ?? 1) + 2 * troubles + 20 * faults;
    if (others.length === most) broken('paced', task, `more than ${most} calls`);
  }

  function seeRate(atMs: number): void {
    calls.push(atMs);
    if (rate === 0 || atMs < freeUntilMs) return;
    for (const windowMs of windowsMs) {
      const fromMs = atMs - windowMs;
      const inWindow = countSince(calls, fromMs);
      const excused = countSince(excuses, fromMs - 300_000);
      const most = burst + (rate * (windowMs + 2 * graceMs)) / 1_000 + 2 * excused;
      if (inWindow > most + 1 && freeUntilMs < fromMs)
        broken('paced', '', `${inWindow} calls in ${windowMs} ms at ${rate} a second`);
    }
  }

  return {
    on: {
      called({ task, invocation }, atMs) {
        seeCall(task, facts.of(task), invocation, atMs);
        seeRate(atMs);
      },
      unreachable(_, atMs) {
        // From here on each process continues slowly on its own.
        freeUntilMs = atMs + 60_000;
      },
      said({ said }, atMs) {
        if (said.kind === 'denied') excuses.push(atMs);
      },
      fault({ fault }, atMs) {
        if (['invocation', 'account', 'life', 'clock'].includes(fault.edge)) excuses.push(atMs);
        // A wrong clock may take the queue for past: it is booked over once.
        if (fault.edge === 'strangers') freeUntilMs = Math.max(freeUntilMs, atMs + 600_000);
      },
    },
  };
}

/** No call may come before then. */
function earliestMs({ head }: Facts, last: Call, isLater: boolean): number {
  const { said, atMs, saidAtMs = 0, isHeard } = last;
  if (said === undefined || said.kind === 'denied' || !isHeard) return saidAtMs;
  switch (said.kind) {
    case 'throttled':
      return saidAtMs + Math.min(said.hintMs, 900_000);
    case 'hold':
      return saidAtMs + 60_000;
    case 'trouble':
      return saidAtMs + 750;
    case 'pending': {
      // By the clock of another sandbox, which is not quite the same.
      const ageSeconds = Math.max((atMs - Date.parse(head?.created_at ?? '')) / 1_000 - 2, 0);
      // Under every schedule there is; a fifth of the age is the contract's.
      const gapSeconds = Math.min(0.4 * Math.sqrt(ageSeconds), ageSeconds / 5, 60);
      // The workflow waits in whole seconds, one of them at least.
      return atMs + Math.max(750 * gapSeconds - (isLater ? 1_000 : 50), isLater ? 1_000 : 250);
    }
    case 'succeeded':
    case 'failed':
      return saidAtMs;
  }
}

/** Of times in order. */
function countSince(times: readonly number[], sinceMs: number): number {
  let count = 0;
  while (count < times.length && (times.at(-1 - count) as number) > sinceMs) count += 1;
  return count;
}
