/** What a process reports of the limit that it shares with others. */
import { describeError } from '../telemetry/safe-error.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { RateLimiterDeps } from './limiter.ts';

export const reportTo = (telemetry: Telemetry): Pick<RateLimiterDeps, 'onUnreachable' | 'onRebased'> => ({
  onUnreachable(error) {
    telemetry.measure('rateUnreachable', 1);
    telemetry.log('error', 'rate unreachable', { error: describeError(error) });
  },
  onRebased(cause) {
    telemetry.measure('rateRebased', 1);
    telemetry.log('warn', 'rate rebased', { cause });
  },
});
