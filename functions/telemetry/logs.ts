/**
 * The logs and metrics of a function: JSON lines on its standard output, the metrics in CloudWatch's embedded format.
 * Only handlers create it; everything else is given `log` and `measure`.
 */
import { Logger, LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';

import { type Measurement, metrics, namespace, pollerDimension } from './metrics.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { describeError, type ErrorDescription, withoutWords } from './safe-error.ts';
import type { Fields, Telemetry } from './telemetry.ts';

type InvocationFields = Fields & { detect_task_id?: string | undefined };

export interface FunctionTelemetry extends Telemetry {
  /** No line repeats this secret, in whatever spelling. */
  conceal: (secret: string) => void;
  /**
   * Runs one invocation: `fields` are on each of its lines, and its measurements go out once, at its end. An error is
   * logged and thrown again under the same name, without its words.
   */
  during<T>(context: Context, fields: InvocationFields, work: () => Promise<T>): Promise<T>;
}

/** At the hundredth value of a metric Powertools sends a document, and the next one lacks the breakdown. */
const maxValues = 99;

/** V8 keeps ten places of a stack, and the SDK takes more of them between a call of AWS and its error. */
const stackPlaces = 40;

export function createTelemetry(tableName: string): FunctionTelemetry {
  Error.stackTraceLimit = stackPlaces;
  const redactors = new Map<string, Redactor>();
  const clean = (text: string): string =>
    [...redactors.values()].reduce((cleaned, by) => by.clean(cleaned), withoutSecrets(text));
  const logger = new Logger({
    logFormatter: new LineFormatter(),
    jsonReplacerFn: (_key, value) => (typeof value === 'string' ? clean(value) : value),
  });
  const emf = new Metrics({ namespace });
  // Powertools' default `service` would be a dimension without information.
  emf.clearDefaultDimensions();
  emf.setDefaultDimensions({ [pollerDimension]: tableName });
  let measured: Measurement[] = [];

  /** A document holds one value of each dimension, so each breakdown goes into one of its own. */
  function flush(): void {
    const groups = Map.groupBy(measured, ([name, , of]) => (of === undefined ? '' : `${name}#${of}`));
    measured = [];
    for (const values of groups.values()) {
      for (let from = 0; from < values.length; from += maxValues) {
        const some = values.slice(from, from + maxValues);
        const [first] = some;
        if (first !== undefined) addBreakdown(first);
        for (const [name, value] of some) emf.addMetric(metrics[name].name, metrics[name].unit, value);
        emf.publishStoredMetrics();
      }
    }
  }
  function addBreakdown([name, , of]: Measurement): void {
    const metric = metrics[name];
    if (of !== undefined && 'by' in metric) emf.addDimension(metric.by.dimension, of);
  }

  return {
    conceal(secret) {
      if (!redactors.has(secret)) redactors.set(secret, createRedactor(secret));
    },
    log: (level, message, fields) => logger[level](message, fields),
    measure(...measurement) {
      // A single value that is no number would invalidate the whole document.
      if (Number.isFinite(measurement[1])) measured.push(measurement);
    },
    async during(context, fields, work) {
      logger.addContext(context);
      logger.resetKeys();
      logger.appendKeys(fields);
      try {
        return await work();
      } catch (error) {
        logger.error('failed', { error: describeError(error) } satisfies { error: ErrorDescription });
        throw withoutWords(error, fields.detect_task_id ?? 'this invocation');
      } finally {
        flush();
      }
    },
  };
}

/** Omits what the log group's name says (function, memory, ARN): logs cost by the byte. */
class LineFormatter extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, fields: LogAttributes): LogItem {
    const { lambdaContext } = attributes;
    return new LogItem({
      attributes: {
        level: attributes.logLevel,
        message: attributes.message,
        timestamp: this.formatTimestamp(attributes.timestamp),
        request_id: lambdaContext?.awsRequestId,
        cold_start: lambdaContext?.coldStart,
        ...fields,
      },
    });
  }

  /** For an error that was logged whole, against the rule. */
  override formatError(error: Error): LogAttributes {
    return { ...describeError(error) };
  }
}

/** The last resort: removes whatever looks like a key or a link. */
const withoutSecrets = (text: string): string =>
  text.replaceAll(/\b(?:ak_|whsec_)[\w+/=-]{8,}/g, '…').replaceAll(/\bhttps?:\/\/\S+/gi, '…');
