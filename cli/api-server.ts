/** The HTTP API on this machine: for programs that have its token, and for no web page. */
import { randomBytes } from 'node:crypto';
import type http from 'node:http';

import type { Api } from '../functions/api/api.ts';
import { type Problem, problemAnswer } from '../functions/api/message.ts';
import { tokenIndex } from '../functions/authorize/token.ts';
import type { EventStream } from './event-stream.ts';
import {
  hostProblem,
  type LoopbackServer,
  readBody,
  send,
  startLoopbackServer,
  targetOf,
} from './loopback-server.ts';

export interface ApiServer extends LoopbackServer {
  /** Random for each run; without it nothing is answered. */
  token: string;
}

export interface ApiServerDeps {
  answer: Api;
  port: number;
  /** What `GET /events` sends. */
  events: Pick<EventStream, 'send'>;
}

export async function startApiServer({ answer, port, events }: ApiServerDeps): Promise<ApiServer> {
  const token = randomBytes(32).toString('base64url');

  /** A web page that makes the browser send requests here is detected by one of these, whatever name it uses. */
  function rejectionOf({ headers, headersDistinct }: http.IncomingMessage): Problem | undefined {
    if (headers.origin !== undefined) {
      return { status: 403, detail: 'Origin: must be absent; web pages are not served', field: 'Origin' };
    }
    // Node keeps the first of several, the gateway joins them: none of them counts.
    if (tokenIndex([token], headersDistinct['authorization']?.join(',')) !== -1) return undefined;
    const challenge = { 'www-authenticate': 'Bearer' };
    return { status: 401, detail: 'Authorization: must be the token of this run', headers: challenge };
  }

  const server = await startLoopbackServer(port, async (request, response, names) => {
    const body = await readBody(request);
    if (body === undefined) return void request.socket.destroy();
    const rejection = hostProblem(request, names) ?? rejectionOf(request);
    if (rejection !== undefined) return send(response, problemAnswer(rejection));
    const { method = '', headers } = request;
    const target = targetOf(request);
    if (method === 'GET' && target.path === '/events') return events.send(response);
    return send(response, await answer({ method, ...target, headers, body }));
  });
  return { ...server, token };
}
