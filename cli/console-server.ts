/** The console on this machine: the page, the API behind a session, and the pictures of the simulator. */
import type http from 'node:http';

import type { Api } from '../functions/api/api.ts';
import { maxBodyBytes } from '../functions/api/input.ts';
import { type ApiRequest, type Problem, problemAnswer } from '../functions/api/message.ts';
import { redirectPage, signInPage } from './console-pages.ts';
import { createConsoleSession } from './console-session.ts';
import type { EventStream } from './event-stream.ts';
import {
  hostProblem,
  type LoopbackServer,
  readBody,
  type Reply,
  type Respond,
  send,
  startLoopbackServer,
  targetOf,
} from './loopback-server.ts';

export interface ConsoleDeps {
  answer: Api;
  port: number;
  events: Pick<EventStream, 'send'>;
  /** The files of the page by their names; `''` is the page itself. */
  files: ReadonlyMap<string, Reply>;
  /** What is beside the API, by the first part of the path. */
  beside: Readonly<Record<string, Beside>>;
}

export interface Beside {
  /** Of the body of a request; by default what the API takes. */
  maxBytes?: number;
  /** `rest` follows the first part of the path. `undefined`: there is nothing. */
  answer(rest: string, request: ApiRequest): Promise<Reply | undefined>;
}

/**
 * No script and no style but the page's own, no request but to this server, no frame around it. Pictures are the
 * provider's or an archive's, by https, or of a server on this machine.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: https: http://127.0.0.1:*",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');
const securityHeaders = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

/** For the largest file, over a forwarded port or from a busy browser. */
export const uploadMs = 10 * 60_000;

const reads = new Set(['GET', 'HEAD']);

/** `openUrl` holds the one-time token. */
export async function startConsoleServer(deps: ConsoleDeps): Promise<LoopbackServer & { openUrl: string }> {
  const { answer, port, events, files, beside } = deps;
  const session = createConsoleSession();

  async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const { path, query } = targetOf(request);
    const inside = path.startsWith(`${session.base}/`) ? path.slice(session.base.length) : undefined;
    if (inside === undefined) return send(response, problemAnswer(nothingHere));
    if (inside === '/open' && method === 'GET') return send(response, opened(query));
    const rejection = originProblem(request);
    if (rejection !== undefined) return send(response, problemAnswer(rejection));
    if (!session.isOpen(headers.cookie)) return send(response, closedTo(request));
    const file = reads.has(method) ? files.get(inside.slice(1)) : undefined;
    if (file !== undefined) return send(response, file);
    if (inside === '/events' && method === 'GET') return events.send(response);
    const [, first = '', ...rest] = inside.split('/');
    const own = Object.hasOwn(beside, first) ? beside[first] : undefined;
    const { maxBytes = maxBodyBytes } = own ?? {};
    const body = await readBody(request, maxBytes);
    if (body === undefined) return void request.socket.destroy();
    if (body.byteLength > maxBytes) return send(response, problemAnswer(tooLong(maxBytes)));
    const asked = { method, path: inside, query, headers, body };
    return send(response, (await own?.answer(rest.join('/'), asked)) ?? (await answer(asked)));
  }

  /** The page that follows is asked for by an own page: a strict cookie is not sent on the way from elsewhere. */
  function opened(query: string): Reply {
    const cookie = session.exchange(new URLSearchParams(query).get('token') ?? '');
    if (cookie === undefined) return signInPage(401);
    const { headers, ...page } = redirectPage(`${session.base}/`);
    return { ...page, headers: { ...headers, 'set-cookie': cookie } };
  }

  async function respondSafely(...[request, response, names]: Parameters<Respond>): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const rejection = hostProblem(request, names);
    if (rejection !== undefined) return send(response, problemAnswer(rejection));
    return respond(request, response);
  }

  const server = await startLoopbackServer(port, respondSafely, { requestMs: uploadMs });
  return { ...server, openUrl: `${server.url}${session.base}/open?token=${session.token}` };
}

const tooLong = (maxBytes: number): Problem => ({
  status: 413,
  detail: `The body must be at most ${maxBytes} bytes.`,
});
const nothingHere: Problem = { status: 404, detail: 'There is nothing at this path.' };

/** A page of another origin, also of another port of this machine, can send requests with the cookie. */
function originProblem({ method = '', headers }: http.IncomingMessage): Problem | undefined {
  const own = `http://${headers.host}`;
  const isOwn = headers.origin === own || (headers.origin === undefined && reads.has(method));
  if (!isOwn) return { status: 403, detail: `Origin: must be ${own}`, field: 'Origin' };
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  return { status: 403, detail: 'Sec-Fetch-Site: must be same-origin or none', field: 'Sec-Fetch-Site' };
}

const closedTo = ({ headers }: http.IncomingMessage): Reply =>
  headers['sec-fetch-mode'] === 'navigate'
    ? signInPage(401)
    : problemAnswer({
        status: 401,
        detail: 'Cookie: must be the session of this run; open the printed link',
      });
