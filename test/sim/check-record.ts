/** Promises 1, 2 and 7: one final record with what the provider said in one response, despite all rivals. */
import { isDeepStrictEqual } from 'node:util';

import type { Check, Judge } from './check.ts';
import { type Call, type Facts, type Head, isFinal, isOpen } from './facts.ts';
import type { Item } from './history.ts';

/** What may still be written into a final record: its delivery, its archive, and pages that wait to be deleted. */
const afterwards = [
  'delivery',
  'archive',
  'archive_due_at',
  'archive_next',
  'due_at',
  'due_shard',
  'page_refs',
  'orphan_refs',
];
const answerOf = (head: Head): Item =>
  Object.fromEntries(Object.entries(head).filter(([name]) => !afterwards.includes(name)));
/** All that a mark may hold of a record that was forgotten. */
const contentless = [
  'detect_task_id',
  'attempt',
  'forgotten_at',
  'expires_at',
  'orphan_refs',
  'due_at',
  'due_shard',
];

/** No queue of these worlds is as long. */
const longBeforeMs = 40 * 60_000;

export function checkRecord({ facts, broken, rate }: Judge): Check {
  function seeHead(task: string, known: Facts, next: Head | undefined, atMs: number): void {
    const { head } = known;
    if (next === undefined) {
      if (!((head?.expires_at ?? Infinity) * 1_000 <= atMs)) broken('one answer', task, 'its record is gone');
      return;
    }
    if (next.forgotten_at !== undefined) {
      if (!isAsked(known, ['forget'])) broken('one answer', task, 'forgotten without a request');
      const left = Object.keys(next).filter((name) => !contentless.includes(name));
      if (left.length > 0) broken('undisturbed', task, `forgotten, but for ${left.join(', ')}`);
      return;
    }
    if (head === undefined || head.forgotten_at !== undefined) {
      const forgottenMs = Date.parse(head?.forgotten_at ?? '');
      if (
        !Number.isNaN(forgottenMs) &&
        !isAsked(known, ['start', 'start-other', 'detect', 'detect-other'], forgottenMs)
      )
        broken('undisturbed', task, 'begun anew after it was forgotten, without a start');
      if (!isOpen(next)) broken('one answer', task, `its record begins as ${next.status}`);
      return;
    }
    if (isFinal(head)) {
      const isSame = isDeepStrictEqual(answerOf(head), answerOf(next));
      const isRetried =
        head.status === 'abandoned' &&
        isOpen(next) &&
        next.attempt === head.attempt + 1 &&
        isAsked(known, ['retry'], Date.parse(head.final_at ?? ''));
      if (!isSame && !isRetried)
        broken('one answer', task, `${head.status}, then written again as ${next.status}`);
      return;
    }
    if (next.attempt !== head.attempt && next.attempt !== head.attempt + 1)
      broken('one answer', task, `attempt ${head.attempt}, then ${next.attempt}`);
    if (isFinal(next)) seeFinal(task, known, next, atMs);
  }

  function seeFinal(task: string, known: Facts, head: Head, atMs: number): void {
    const calls = [...known.calls.values()];
    const heard = calls.filter(({ isHeard }) => isHeard === true);
    if (head.status === 'succeeded') {
      const faces = facts.facesOf(task, head);
      const isSaid = heard.some(
        ({ said }) =>
          said?.kind === 'succeeded' &&
          said.detectId === head.detect_id &&
          isDeepStrictEqual(said.faces, faces),
      );
      if (!isSaid) broken("the provider's answer", task, 'succeeded with what no single response said');
      if (head.face_count !== faces?.length) broken("the provider's answer", task, 'its face_count is wrong');
    }
    if (
      head.status === 'failed' &&
      !heard.some(({ said }) => said?.kind === 'failed' && said.code === head.error?.code)
    )
      broken(
        "the provider's answer",
        task,
        `failed with ${head.error?.code}, which the provider did not say`,
      );
    if (head.status === 'abandoned') seeAbandoned(task, known, head, heard, atMs);
  }

  function seeAbandoned(task: string, known: Facts, head: Head, heard: readonly Call[], atMs: number): void {
    const code = head.error?.code ?? 'none';
    const last = heard.at(-1)?.said?.kind;
    const calls = [...known.calls.values()];
    switch (code) {
      case 'CANCELLED':
        if (!isAsked(known, ['cancel', 'stop', 'forget']))
          broken('undisturbed', task, 'CANCELLED without a request');
        return;
      case 'EXECUTION_LOST':
        if (known.isFaultless) broken('undisturbed', task, 'EXECUTION_LOST without a fault of ours');
        return;
      case 'UNAUTHORIZED':
      case 'FEATURE_DISABLED':
      case 'UNEXPECTED_RESPONSE':
        if (!heard.some(({ said }) => said?.kind === 'denied' && said.code === code))
          broken("the provider's answer", task, `${code}, which the provider did not say`);
        return;
      case 'CONTRACT_VIOLATION':
        if (!lastHandedOn(known, heard).some((call) => call?.said?.kind === 'trouble'))
          broken("the provider's answer", task, `${code}, but it had answered`);
        return;
      default: {
        // While the provider is at work there is hope until the last call that could end in time.
        const early = Date.parse(head.deadline_at) - atMs;
        const callMs = Math.min(10_000, head.deadline_seconds * 200);
        // Where slots are rare the last one may come earlier.
        if (last === 'pending' && known.isFaultless && rate === 0 && early > callMs + 2_000)
          broken('in time', task, `${code}, ${early} ms before its deadline`);
        if (calls.length === 0 && code === 'DEADLINE_EXCEEDED' && early > longBeforeMs)
          broken('undisturbed', task, `ended without a poll, ${early} ms before its deadline`);
      }
    }
  }

  return {
    on: {
      item({ key, item }, atMs) {
        if (!key.includes('#')) seeHead(key, facts.of(key), item as unknown as Head | undefined, atMs);
      },
      answered({ task, verb, outcome }) {
        const isStarted =
          outcome.startsWith('polled ') ||
          (verb === 'start' && /^[a-z]+$/.test(outcome) && !['failed', 'died'].includes(outcome));
        if (isStarted && !facts.of(task).hasBegun)
          broken('undisturbed', task, 'started, and there is no record');
      },
    },
    finish() {
      for (const [task, { head }] of facts.tasks) {
        if (isOpen(head)) broken('in time', task, `still ${head.status} when all activity has ended`);
        if (Number(head?.due_shard) >= 0)
          broken('undisturbed', task, 'still due when all activity has ended');
        if (head?.status === 'succeeded' && facts.facesOf(task, head)?.length !== head.face_count)
          broken("the provider's answer", task, 'pages of its faces are gone');
      }
      for (const name of facts.pages.keys()) {
        const [task = '', ref] = name.split('#');
        if (facts.of(task).head?.faces_ref !== ref) broken('undisturbed', task, 'an orphaned page is left');
      }
    },
  };
}

/**
 * The last observations that the code may follow. The execution knows no more than what an invocation handed on to it:
 * what one heard before it died or failed is lost. Where one ran twice, or its answer was lost, the history does not say
 * whose the execution has, so the last of any invocation may be it.
 */
function lastHandedOn({ faults }: Facts, heard: readonly Call[]): (Call | undefined)[] {
  const handedOn = heard.filter(({ isLost }) => isLost !== true);
  if (faults.invocations === undefined) return [handedOn.at(-1)];
  return [...new Map(handedOn.map((call) => [call.invocation, call])).values()];
}

/** Whether there was a request since then, or still is. */
const isAsked = ({ asks }: Facts, verbs: readonly string[], sinceMs = 0): boolean =>
  [...asks.values()].some(({ verb, untilMs = Infinity }) => verbs.includes(verb) && untilMs >= sinceMs);
