/** What the design says of states, metrics and numbers is what the sources define. */
import { describe, expect, it } from 'vitest';

import { maxBodyBytes } from '../../functions/crun/client.ts';
import { deadlineBounds } from '../../functions/detection/input.ts';
import { maxHintMs } from '../../functions/http/retry-after.ts';
import { standardPolicy as policy } from '../../functions/poll/policy.ts';
import { hold } from '../../functions/rate-limit/hold.ts';
import { burst } from '../../functions/rate-limit/limit.ts';
import { dueAt } from '../../functions/records/head.ts';
import { describeGapMs } from '../../functions/sweep/expired-leases.ts';
import { metrics } from '../../functions/telemetry/metrics.ts';
import { pollRetries } from '../../infra/retries.ts';
import { describesPerMinute } from '../scale/assumed.ts';
import { read, rowsOf, section, sorted } from './pages.ts';

const design = read('docs/design.md');

describe('the design', () => {
  it('names every state, and its type', () => {
    const { States } = JSON.parse(read('infra/snapshots/workflow-express.asl.json')) as {
      States: Record<string, { Type: string }>;
    };
    const rows = rowsOf(section(design, 'The workflow')).filter(([name]) => name?.startsWith('`'));
    expect(sorted(rows.map(([name = '', type]) => `${name.replaceAll('`', '')}: ${type}`))).toEqual(
      sorted(Object.entries(States).map(([name, { Type }]) => `${name}: ${Type}`)),
    );
  });

  it('defines every metric', () => {
    const rows = rowsOf(section(design, 'Logs and metrics')).filter(([name]) => name?.startsWith('`'));
    expect(rows.map(([name, unit, by]) => [name, unit, by])).toEqual(
      Object.values(metrics).map((metric) => [
        `\`${metric.name}\``,
        metric.unit,
        'by' in metric ? `\`${metric.by.dimension}\`` : 'none',
      ]),
    );
  });

  it('quotes the numbers of the decision', () => {
    const text = section(design, 'The decision');
    expect(text).toContain(`at least ${policy.minInvocationGapMs / 1_000} s within an invocation`);
    expect(text).toContain(`and ${policy.minWaitSeconds} s across`);
    expect([1 - policy.jitterFloor, policy.callTimeoutFraction].map((part) => part.toFixed(2))).toEqual([
      '0.20',
      '0.20',
    ]);
    expect([policy.throttleJitter, hold.jitter]).toEqual([0.25, 0.25]);
    const seconds = [0, 1, 2].map((power) => (policy.backoffBaseMs / 1_000) * 2 ** power);
    expect(text).toContain(`after ${seconds.join(', ')} … ${policy.backoffMaxMs / 1_000} s`);
    const minutes = [0, 1, 2, 3].map((power) => Math.min(hold.baseMs * 2 ** power, hold.maxMs) / 60_000);
    expect(text).toContain(`after ${minutes.join(', ')} … minutes`);
    expect(policy.maxViolationsInARow).toBe(5);
    expect(text).toContain('the fifth violation in a row');
    const longSeconds = policy.callTimeoutMs / 1_000;
    expect(text).toContain(
      `${longSeconds} s, or a fifth of a deadline under ${longSeconds / policy.callTimeoutFraction} s`,
    );
    expect(text).toContain(
      `${deadlineBounds.minSeconds} s to ${deadlineBounds.maxSeconds / 3_600} h, is not capped`,
    );
    expect(section(design, 'The provider')).toContain(
      `in the first ${policy.notFoundGraceMs / 1_000} s of polling`,
    );
  });

  it('quotes the bounds of an answer and of a hint', () => {
    expect(design).toContain(`reads at most ${maxBodyBytes / 1_024 ** 2} MiB`);
    expect(design).toContain(`cut at ${maxHintMs / 60_000} minutes`);
  });

  it('quotes the burst of a rate, the length of a lease and the pace of a sweep', () => {
    expect(burst).toBe(10);
    expect(design).toContain('Ten slots may be used at once');
    expect(dueAt(0, '2100-01-01T00:00:00Z')).toBe('1970-01-01T00:05:00.000Z');
    expect(design).toContain('**The lease** lasts until five minutes after the next poll');
    expect(describeGapMs).toBe(100);
    expect(design).toContain(`at most ten executions a second`);
    expect(design).toContain(`some ${describesPerMinute} records a minute`);
  });

  it('quotes the retries of Poll', () => {
    const text = section(design, 'The workflow');
    const attempts = [...text.matchAll(/^- .*: (none|\d+)(?:,.*)?$/gm)].map(([, count]) =>
      count === 'none' ? 0 : Number(count),
    );
    expect(attempts).toEqual(pollRetries.map(({ maxAttempts }) => maxAttempts));
  });
});
