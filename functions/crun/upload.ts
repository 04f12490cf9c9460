/** Where a file is uploaded: a presigned address for one PUT of the bytes, and the URL of the file from then on. */
import * as z from 'zod/mini';

import { isLoopbackHttp } from '../detection/callback-rule.ts';
import type { CrunClient } from './client.ts';
import { endpoints } from './endpoints.ts';
import { parseEnvelope } from './envelope.ts';
import { objectIn } from './json.ts';
import { createWords } from './words.ts';

export interface UploadKind {
  content_type: string;
  /** With its dot. */
  ext: string;
}

const url = z.url({ protocol: /^https?$/ });
const PreparedUpload = z.object({ presigned_url: url, file_url: url });
export type PreparedUpload = z.infer<typeof PreparedUpload>;

export type Preparation =
  | { kind: 'prepared'; upload: PreparedUpload }
  /** The provider's code, where it gave one. */
  | { kind: 'failed'; reason: string; code?: number };

export async function prepareUpload(
  crun: Pick<CrunClient, 'call' | 'isLoopback'>,
  { content_type, ext }: UploadKind,
  { apiKey, timeoutMs }: { apiKey: string; timeoutMs: number },
): Promise<Preparation> {
  const exchange = await crun.call(endpoints.uploadUrl, { query: { content_type, ext }, apiKey, timeoutMs });
  if (exchange.kind === 'no-answer') return { kind: 'failed', reason: exchange.fault };
  const reason = `HTTP ${exchange.httpStatus}`;
  if (exchange.kind === 'unreadable') return { kind: 'failed', reason };
  const parsed = parseEnvelope(exchange.body);
  const { code, data } =
    parsed.kind === 'envelope'
      ? parsed.envelope
      : { code: undefined, data: parsed.kind === 'other-object' ? parsed.data : undefined };
  const prepared = PreparedUpload.safeParse(objectIn(data));
  if (prepared.success && !mayReceive(prepared.data.presigned_url, crun))
    return { kind: 'failed', reason: 'an address that no picture may be sent to' };
  const hasSucceeded = exchange.httpStatus >= 200 && exchange.httpStatus < 300;
  // It goes on to callers, who must not learn the key.
  if (prepared.success && createWords(apiKey).holdsKey(JSON.stringify(prepared.data)))
    return { kind: 'failed', reason: 'repeats the key' };
  if ((code === undefined ? hasSucceeded : code === 200) && prepared.success)
    return { kind: 'prepared', upload: prepared.data };
  return code === undefined ? { kind: 'failed', reason } : { kind: 'failed', reason: `code ${code}`, code };
}

/** The picture of a person travels there: not in the clear, and to this machine only from a provider on it. */
function mayReceive(presignedUrl: string, { isLoopback }: Pick<CrunClient, 'isLoopback'>): boolean {
  const address = new URL(presignedUrl);
  if (`${address.username}${address.password}` !== '') return false;
  return address.protocol === 'https:' || (isLoopback && isLoopbackHttp(address));
}
