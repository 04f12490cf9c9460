/** A function's real logs and metrics, taken from where it writes them. */
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';

import { createTelemetry, type FunctionTelemetry } from '../../functions/telemetry/logs.ts';

/** One embedded metric document, as CloudWatch reads it. */
interface MetricDocument {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
  [field: string]: unknown;
}

export interface CapturedTelemetry extends FunctionTelemetry {
  /** Everything that was written, as it was written. */
  text(): string;
  lines(): Record<string, unknown>[];
  documents(): MetricDocument[];
}

// Who the invocation is; the rest of a context is of no interest.
export const contextOf = (awsRequestId: string): Context => ({ awsRequestId }) as Context;

const initializationType = 'AWS_LAMBDA_INITIALIZATION_TYPE';

/** Nothing reaches the terminal until it is disposed of. */
export function captureTelemetry(tableName = 'face-detections'): CapturedTelemetry & Disposable {
  const written: string[] = [];
  const initializedBy = process.env[initializationType];
  // Or Powertools would take no invocation for the first of its sandbox.
  vi.stubEnv(initializationType, 'on-demand');
  const take = (chunk: unknown): boolean => {
    written.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(take),
  );
  const parsed = () =>
    written
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    ...createTelemetry(tableName),
    text: () => written.join(''),
    lines: () => parsed().filter((line) => !('_aws' in line)),
    documents: () => parsed().filter((line): line is MetricDocument => '_aws' in line),
    [Symbol.dispose]() {
      // Not all of them: what else a test has put there is still in use.
      vi.stubEnv(initializationType, initializedBy);
      for (const spy of spies) spy.mockRestore();
    },
  };
}
