/** A request to a server that has proved its name, such as a bucket's by a presigned address. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

import { userAgent } from '../functions/http/headers.ts';

export function requestChecked(
  url: string,
  { headers, ...options }: http.RequestOptions,
): http.ClientRequest {
  const transport = new URL(url).protocol === 'https:' ? https : http;
  return transport.request(url, {
    ...options,
    headers: { 'user-agent': userAgent, ...(headers as http.OutgoingHttpHeaders | undefined) },
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    ...(transport === https && { rejectUnauthorized: true }),
  });
}

/** The body is missing where it is longer than `maxBytes`. No redirect is followed. */
export async function getChecked(
  url: string,
  { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal },
): Promise<{ status: number | undefined; body: Buffer | undefined }> {
  const request = requestChecked(url, { method: 'GET', ...(signal && { signal }) }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > maxBytes) return { status: response.statusCode, body: undefined };
    chunks.push(chunk);
  }
  return { status: response.statusCode, body: Buffer.concat(chunks) };
}
