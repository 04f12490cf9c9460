import { RejectedRequestError } from '../functions/control/service.ts';
/** Any error as one sentence and an exit code: never a stack trace. */
import { InvalidCursorError } from '../functions/records/query.ts';
import { exitCode } from './exit-code.ts';

/**
 * What a person can mend: bad settings, or a machine or stack that cannot be used. The message is the whole sentence,
 * naming the setting and the rule. Requests that are refused by their content have classes of their own beneath us.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: number;

  constructor(
    kind: 'invalidInput' | 'infrastructure' | 'interrupted',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = exitCode[kind];
  }
}

const interruption = 'Interrupted: the records stay as they are; start or watch the same ids to go on.';

export function inSentence(error: unknown, signal?: AbortSignal): { sentence: string; code: number } {
  if (error instanceof UserError && error.exitCode === exitCode.interrupted) {
    return { sentence: error.message, code: error.exitCode };
  }
  if (signal?.aborted) return { sentence: interruption, code: exitCode.interrupted };
  if (!(error instanceof Error)) return { sentence: String(error), code: exitCode.infrastructure };
  // A library's message may run over several lines.
  const message = error.message.replaceAll(/\s+/g, ' ').trim();
  if (error instanceof RejectedRequestError || error instanceof InvalidCursorError) {
    return { sentence: message, code: exitCode.invalidInput };
  }
  if (error instanceof UserError) return { sentence: message, code: error.exitCode };
  // Everything else is a library's or a bug: its name says more than its message.
  return { sentence: `${error.name}: ${message || 'no further details'}`, code: exitCode.infrastructure };
}
