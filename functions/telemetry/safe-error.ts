/**
 * What may be logged of an error from elsewhere. Its message, fields and cause may hold anything: an item of the table, a
 * link, a part of a body. Lambda prints all of them, and passes the message to the execution's history.
 */

import { originOf } from './source-map.ts';

/** As AWS and the SDK spell them. */
const errorName = /^[$A-Za-z][\w.]{0,63}$/;
const systemCode = /^[A-Z][A-Z0-9_]{1,31}$/;
const location = /((?:node:|file:\/\/)?[\w./@-]+:\d+:\d+)\)?$/;
const maxLocations = 8;
/** Of Node and the packages: they say little, and an error of AWS has more of them than are logged. */
const foreign = /^node:|\bnode_modules\//;
const maxCauses = 4;

export const nameOf = (error: unknown): string =>
  error instanceof Error && errorName.test(error.name) ? error.name : 'Error';

export interface ErrorDescription {
  name: string;
  /** Of the operating system, such as `ECONNRESET`. */
  code?: string;
  /** From AWS, for its support. */
  http_status?: number;
  aws_request_id?: string;
  attempts?: number;
  /** Where it was thrown, and the places in this project that led there, the innermost first. */
  at?: string[];
  /** The names of what caused it, the nearest first. */
  causes?: string[];
}

export function describeError(error: unknown): ErrorDescription {
  const { code, $metadata } = fieldsOf(error);
  const { httpStatusCode, requestId, attempts } = fieldsOf($metadata);
  const at = locationsOf(error);
  const causes = causesOf(error);
  return {
    name: nameOf(error),
    ...(typeof code === 'string' && systemCode.test(code) && { code }),
    ...(typeof httpStatusCode === 'number' && { http_status: httpStatusCode }),
    ...(typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) && { aws_request_id: requestId }),
    ...(typeof attempts === 'number' && { attempts }),
    ...(at.length > 0 && { at }),
    ...(causes.length > 0 && { causes }),
  };
}

/** To be thrown instead: the same name, which the workflow's retriers match, and a fixed sentence. */
export function withoutWords(error: unknown, subject: string): Error {
  const safe = new Error(`${subject}: failed; the function's log says where, under this request id`);
  safe.name = nameOf(error);
  return safe;
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The message precedes the locations, and may look like one. */
function locationsOf(error: unknown): string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const { stack, message } = error;
  const start = stack.indexOf(message);
  if (start === -1) return [];
  return stack
    .slice(start + message.length)
    .split('\n')
    .flatMap((line) => (/^ {4}at /.test(line) ? (location.exec(line)?.[1] ?? []) : []))
    .map(originOf)
    .filter((place, index) => index === 0 || !foreign.test(place))
    .slice(0, maxLocations);
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let { cause } = fieldsOf(error);
  while (cause !== undefined && causes.length < maxCauses) {
    causes.push(nameOf(cause));
    cause = fieldsOf(cause)['cause'];
  }
  return causes;
}
