/** What code that logs and measures is given; a handler makes it, and tests and one machine do without. */
import type { Measure } from './metrics.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';
export type Fields = Record<string, unknown>;

export interface Telemetry {
  /** One line: ids, kinds and counts; never a key, a link or the provider's text. */
  log(level: Level, message: string, fields: Fields): void;
  measure: Measure;
}
