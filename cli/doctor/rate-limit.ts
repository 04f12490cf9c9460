/** Whether the rate limit of the key lets calls through. */
import { iso } from '../../functions/clock.ts';
import type { Limit, LimitInUse } from '../../functions/rate-limit/inspect.ts';
import { explainError } from '../exit-code.ts';
import { isDenied } from './aws-fault.ts';
import { type CheckResult, failed, ok, skipped } from './check-result.ts';

const reset = 'it heals by the next call; face-poller reset-rate begins the limit anew';
/** By then a task with the default deadline gets no slot. */
const longMs = 3_600_000;

export async function checkLimit(limit: Limit, now: () => number): Promise<CheckResult> {
  try {
    return classify(await limit.inspect(), now());
  } catch (error) {
    return isDenied(error)
      ? skipped('these credentials may not read it (dynamodb:GetItem)')
      : failed(explainError(error).message, 'see that the table can be read');
  }
}

function classify(use: LimitInUse, nowMs: number): CheckResult {
  const { booked, nextAtMs, pausedUntilMs, hold, aheadMs } = use;
  if (aheadMs !== undefined)
    return failed(
      `its last writer's clock was ${Math.round(aheadMs / 1_000)} s ahead of this machine's`,
      `set the clock that is wrong; ${reset}`,
    );
  const calls = booked === 0 ? 'no call is booked' : `${booked} calls are booked`;
  if (nextAtMs - nowMs > longMs)
    return failed(`${calls}, and a new one would come at ${iso(nextAtMs)}`, `raise the rate; ${reset}`);
  if (pausedUntilMs === undefined) return ok(calls);
  return ok(`${calls}; paused until ${iso(pausedUntilMs)}${hold === undefined ? '' : ` (${hold})`}`);
}
