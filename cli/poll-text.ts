/** One poll of this machine as `--verbose` prints it: ids, kinds and counts, as in the logs of a deployed stack. */
import type { PollLine } from '../functions/poll/report.ts';

export function pollText(line: PollLine): string {
  const { detect_task_id, polls, observation } = line;
  const details = [line['status'], line['reason'], observation === undefined ? undefined : line['code']];
  const seen = details.find((detail) => typeof detail === 'string');
  const saw = observation === undefined ? 'no time left for a poll' : observation;
  return `${detect_task_id}: poll ${polls}: ${saw}${seen === undefined ? '' : ` (${seen})`}, ${nextOf(line)}`;
}

function nextOf({ next, in_ms, wait_seconds, code }: PollLine): string {
  if (next === 'poll') return `again in ${(Number(in_ms) / 1_000).toFixed(1)} s`;
  if (next === 'wait') return `again in ${String(wait_seconds)} s`;
  return next === 'settle' ? 'final' : `abandoned with ${String(code)}`;
}
