import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

import type { AbandonmentCode } from '../../functions/detection/error-codes.ts';
import { type FinalStatus } from '../../functions/detection/types.ts';
import {
  type Breakdown,
  type MetricName,
  metrics,
  namespace,
  pollerDimension,
} from '../../functions/telemetry/metrics.ts';

type Options = cloudwatch.MetricOptions;

/** The metrics of one poller, for alarms and dashboards of your own. Counts are sums over 5 minutes. */
export class PollerMetrics {
  readonly #tableName: string;

  constructor(tableName: string) {
    this.#tableName = tableName;
  }

  /** Calls to the provider. */
  calls(options?: Options): cloudwatch.Metric {
    return this.#metric('calls', undefined, options);
  }

  /** Calls to the provider per second, the average of each period. */
  callsPerSecond(options?: Options): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      expression: 'calls / PERIOD(calls)',
      usingMetrics: { calls: this.calls(options) },
      label: 'calls per second',
      ...(options?.period !== undefined && { period: options.period }),
    });
  }

  /** Polls with this observation. */
  polls(observation: Breakdown<'polls'>[0], options?: Options): cloudwatch.Metric {
    return this.#metric('polls', observation, options);
  }

  /** The share of polls that got a valid answer, from 0 to 1. */
  answered(options?: Options): cloudwatch.Metric {
    return this.#metric('answered', undefined, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /** Records abandoned with this code, or with any. */
  abandoned(code?: AbandonmentCode, options?: Options): cloudwatch.Metric {
    if (code !== undefined) return this.#metric('abandoned', code, options);
    // One metric, which is emitted with the others: an alarm can add up ten codes at most.
    return this.ageAtFinal('abandoned', { ...options, statistic: cloudwatch.Stats.SAMPLE_COUNT });
  }

  /** Seconds from submission, if known, or from the creation of the record until it is final; `p50` by default. */
  ageAtFinal(status: FinalStatus, options?: Options): cloudwatch.Metric {
    return this.#metric('ageAtFinal', status, { statistic: 'p50', ...options });
  }

  /** Milliseconds that an answer may have waited for the poll that saw it; `p50` by default. */
  answerLag(options?: Options): cloudwatch.Metric {
    return this.#metric('answerLag', undefined, { statistic: 'p50', ...options });
  }

  /** Milliseconds that polls waited for a slot of the rate limit; `p50` by default. */
  slotWait(options?: Options): cloudwatch.Metric {
    return this.#metric('slotWait', undefined, { statistic: 'p50', ...options });
  }

  /** Failed attempts to reach the shared rate limit. */
  rateUnreachable(options?: Options): cloudwatch.Metric {
    return this.#metric('rateUnreachable', undefined, options);
  }

  /** Corrections of the shared rate limit. */
  rateRebased(options?: Options): cloudwatch.Metric {
    return this.#metric('rateRebased', undefined, options);
  }

  /** Overdue records per sweep; the maximum of the period. */
  overdue(options?: Options): cloudwatch.Metric {
    return this.#metric('overdue', undefined, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Sweeps that completed. */
  sweeps(options?: Options): cloudwatch.Metric {
    return this.#metric('overdue', undefined, {
      statistic: cloudwatch.Stats.SAMPLE_COUNT,
      ...options,
    });
  }

  /** Sweep outcomes. */
  swept(outcome: Breakdown<'swept'>[0], options?: Options): cloudwatch.Metric {
    return this.#metric('swept', outcome, options);
  }

  /** Submissions by outcome. */
  submissions(outcome: Breakdown<'submissions'>[0], options?: Options): cloudwatch.Metric {
    return this.#metric('submissions', outcome, options);
  }

  /** Webhooks by final state. */
  deliveries(state: Breakdown<'deliveries'>[0], options?: Options): cloudwatch.Metric {
    return this.#metric('deliveries', state, options);
  }

  /** Archives of pictures by final state. */
  archives(state: Breakdown<'archives'>[0], options?: Options): cloudwatch.Metric {
    return this.#metric('archives', state, options);
  }

  /** Tokens that the HTTP API was given, each counted once in five minutes. */
  authorizations(token: Breakdown<'authorizations'>[0], options?: Options): cloudwatch.Metric {
    return this.#metric('authorizations', token, options);
  }

  /** Writes that DynamoDB throttled: of the table, or of one of its indexes, which the table's own count leaves out. */
  throttledWrites(index?: string, options?: Options): cloudwatch.Metric {
    return this.#throttled('Write', index, options);
  }

  /** Reads that DynamoDB throttled: of the table or of one of its indexes. */
  throttledReads(index?: string, options?: Options): cloudwatch.Metric {
    return this.#throttled('Read', index, options);
  }

  #throttled(kind: 'Read' | 'Write', index: string | undefined, options?: Options): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/DynamoDB',
      metricName: `${kind}ThrottleEvents`,
      dimensionsMap: {
        TableName: this.#tableName,
        ...(index !== undefined && { GlobalSecondaryIndexName: index }),
      },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    });
  }

  #metric(name: MetricName, of: string | undefined, options?: Options): cloudwatch.Metric {
    const metric = metrics[name];
    return new cloudwatch.Metric({
      namespace,
      metricName: metric.name,
      dimensionsMap: {
        [pollerDimension]: this.#tableName,
        ...('by' in metric && of !== undefined && { [metric.by.dimension]: of }),
      },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    });
  }
}
