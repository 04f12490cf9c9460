/** Any error as one sentence and an exit code: never a stack trace. */
import { InvalidCursorError } from '../functions/detections/query.ts';
import { RefusedRequestError } from '../functions/start/start.ts';
import { exitCode } from './exit-code.ts';

export const interruption =
  'Interrupted: the records stay as they are; start or watch the same ids to go on.';

/** Errors elsewhere that mean bad settings rather than a fault of the machine carry one of these names. */
const refusals = new Set(['SettingsError']);

export function inSentence(error: unknown, signal: AbortSignal): { sentence: string; code: number } {
  if (signal.aborted) return { sentence: interruption, code: exitCode.interrupted };
  const message = error instanceof Error ? oneLine(error) : String(error);
  if (error instanceof RefusedRequestError || error instanceof InvalidCursorError) {
    return { sentence: message, code: exitCode.refused };
  }
  if (error instanceof Error && refusals.has(error.name))
    return { sentence: message, code: exitCode.refused };
  return { sentence: message, code: exitCode.infrastructure };
}

/** An error of a library says what it is by its name, and may say it over several lines. */
function oneLine(error: Error): string {
  const message = error.message.replaceAll(/\s+/g, ' ').trim();
  return /^(Error|[A-Z][A-Za-z]*(Folder|Settings|Request|Cursor|Stack)Error)$/.test(error.name) &&
    message !== ''
    ? message
    : `${error.name}: ${message || 'no further details'}`;
}
