import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What is done with the connection of one call: mostly an answer, not always. */
export type Reply = (response: ServerResponse) => void;

export const send =
  (httpStatus: number, headers: OutgoingHttpHeaders, body: string | Buffer): Reply =>
  (response) => {
    response.writeHead(httpStatus, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  };

export const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };

/** Text that claims to be JSON. */
export const sendJsonText = (text: string): Reply => send(200, jsonHeaders, text);

export function sendJson(
  body: unknown,
  { httpStatus = 200, retryAfter }: { httpStatus?: number | undefined; retryAfter?: string | undefined } = {},
): Reply {
  const headers = { ...jsonHeaders, ...(retryAfter !== undefined && { 'retry-after': retryAfter }) };
  return send(httpStatus, headers, JSON.stringify(body));
}

export const sendHtml = (httpStatus: number): Reply =>
  send(
    httpStatus,
    { 'content-type': 'text/html' },
    `<!doctype html><title>${httpStatus}</title><h1>${httpStatus}</h1>\n`,
  );

export const sendText = (httpStatus: number, text: string): Reply =>
  send(httpStatus, { 'content-type': 'text/plain; charset=utf-8' }, text);
