/** Promise 3: final by the deadline, or at the first sweep after it. */
import type { Check, Judge } from './check.ts';
import { type Head, isCalm, isFinal, isOpen } from './facts.ts';

/** An invocation may still write for so long what it heard at the deadline; sandboxes' clocks are seconds apart. */
const lastWordMs = 5_000;
const clocksApartMs = 10_000;
/** The writes at the deadline, to a database that may be far. */
const writingMs = 4_000;
/** A sweep that found so many to fail over leaves the rest to the next one, and one that took so long has not met all. */
const tooManyFaulty = 10;
const tooLongMs = 40_000;

export function checkTime({ facts, broken, rate }: Judge): Check {
  return {
    on: {
      swept({ beganMs, faulty, how }, atMs) {
        const isExcused = how !== 'well' || faulty.includes('') || faulty.length >= tooManyFaulty;
        if (isExcused || atMs - beganMs > tooLongMs) return;
        for (const [task, { head }] of facts.tasks) {
          if (!isOpen(head) || faulty.includes(task)) continue;
          const overtimeMs = beganMs - Date.parse(head.deadline_at);
          if (overtimeMs > lastWordMs + clocksApartMs)
            broken('in time', task, `still ${head.status} after a sweep ${overtimeMs} ms past its deadline`);
        }
      },
      item({ key, item }, atMs) {
        if (key.includes('#')) return;
        const known = facts.of(key);
        const next = item as unknown as Head | undefined;
        if (!isFinal(next) || isFinal(known.head) || !isCalm(known)) return;
        const lateMs = atMs - Date.parse(next.deadline_at);
        if (lateMs > writingMs && rate === 0)
          broken('in time', key, `${next.status} ${lateMs} ms after its deadline`);
      },
    },
  };
}
