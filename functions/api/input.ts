/** Parses a request: each fault is a problem that names the field and the rule. */
import { MIMEType } from 'node:util';

import * as z from 'zod/mini';

import { InexactNumberError, parseExactJson } from '../detection/exact-json.ts';
import { DetectTaskId, faultIn } from '../detection/input.ts';
import { isEncoded } from '../http/content-encoding.ts';
import type { ApiRequest, Problem } from './message.ts';

/** Every valid input fits, unless it has needless spaces and escapes. */
export const maxBodyBytes = 8 * 1_024;

type Read<T> = { value: T } | { problem: Problem };

/** The parameters that the schema knows; others may be an authoriser's. */
export function parametersOf<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodMiniObject<Shape>,
  query: string,
): Read<z.infer<z.ZodMiniObject<Shape>>> {
  const given = new URLSearchParams(query);
  const known = Object.keys(schema.shape).filter((name) => given.has(name));
  const repeated = known.find((name) => given.getAll(name).length > 1);
  if (repeated !== undefined) return fault(400, { field: repeated, rule: 'must be given once' });
  const parsed = schema.safeParse(Object.fromEntries(known.map((name) => [name, given.get(name)])));
  return parsed.success ? { value: parsed.data } : fault(400, faultIn(parsed.error, 'query'));
}

export function idOf(segment: string): Read<DetectTaskId> {
  const parsed = DetectTaskId.safeParse(segment);
  return parsed.success ? { value: parsed.data } : fault(400, faultIn(parsed.error, 'detect_task_id'));
}

/** A body that cannot be parsed is a bad request; one that breaks a rule is unprocessable. */
export function bodyOf<Schema extends z.ZodMiniType>(
  schema: Schema,
  request: ApiRequest,
): Read<z.infer<Schema>> {
  if (!isJson(request)) {
    return { problem: { status: 415, detail: 'The body must be application/json in UTF-8, not encoded.' } };
  }
  const body = parseJson(request.body);
  if (body instanceof InexactNumberError) return fault(422, { field: 'body', rule: body.message });
  if (body === undefined) return { problem: { status: 400, detail: 'The body is not JSON in UTF-8.' } };
  const parsed = schema.safeParse(body);
  return parsed.success ? { value: parsed.data } : fault(422, faultIn(parsed.error, 'body'));
}

/** Whether a body names a task to poll; media without one are to be submitted. */
export function namesTask({ body }: ApiRequest): boolean {
  const given = parseJson(body);
  return typeof given !== 'object' || given === null || 'detect_task_id' in given || !('media_url' in given);
}

const fault = (status: 400 | 422, { field, rule }: { field: string; rule: string }) => ({
  problem: { status, detail: `${field}: ${rule}`, field },
});

function isJson({ headers }: ApiRequest): boolean {
  if (isEncoded(String(headers['content-encoding'] ?? ''))) return false;
  try {
    const { essence, params } = new MIMEType(String(headers['content-type'] ?? ''));
    return essence === 'application/json' && /^utf-?8$/i.test(params.get('charset') ?? 'utf-8');
  } catch {
    return false;
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    return error instanceof InexactNumberError ? error : undefined;
  }
}
