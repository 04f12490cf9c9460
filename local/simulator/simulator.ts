/** A stand-in for crun.ai on this machine: the documented calls, answered by each task's script. */
import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

import * as z from 'zod/mini';

import { type Endpoint, endpoints } from '../../functions/crun/endpoints.ts';
import { accepted, type FieldError, refusal } from './envelope.ts';
import { replyFor } from './reply.ts';
import { scriptForMedia } from './samples.ts';
import { Script } from './script.ts';
import { type Reply, sendJson, sendText } from './send.ts';
import { createTasks, type Tasks } from './tasks.ts';

interface RecordedRequest {
  method: string;
  /** Without the query. */
  path: string;
  /** Of a result call. */
  detectTaskId?: string | undefined;
  headers: IncomingHttpHeaders;
  /** By the simulator's clock. */
  atMs: number;
}

export interface Simulator {
  readonly baseUrl: string;
  /** Every other key is rejected; set another to rotate it. */
  apiKey: string;
  /** Registers a task, under an id of the provider's form unless one is given; a known id begins anew. */
  submit(script: Script, detectTaskId?: string): string;
  /** All calls in order of arrival, rejected ones too. */
  readonly requests: readonly RecordedRequest[];
  /** The result calls for one task. */
  requestsFor(detectTaskId: string): RecordedRequest[];
  /** Ids whose script has answers that no call has read. */
  unread(): string[];
  /** Ends hanging connections too, at once. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SimulatorOptions {
  apiKey: string;
  now?: (() => number) | undefined;
  /** Any free one unless given. */
  port?: number | undefined;
  /** Whether `requests` is filled, as it is by default: in a process that lives on it would grow with every call. */
  isRecording?: boolean | undefined;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { now = Date.now, port = 0, isRecording = true } = options;
  const tasks = createTasks(now);
  const requests: RecordedRequest[] = [];

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const { method = '', headers } = request;
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1');
    const path = url?.pathname ?? '';
    const detectTaskId = url?.searchParams.get('detect_task_id') ?? undefined;
    if (isRecording) requests.push({ method, path, detectTaskId, headers, atMs: now() });

    const call = routes.get(`${method} ${path}`);
    if (call === undefined) return sendText(404, 'Not Found');
    // As a sibling of the provider does: a rejected key comes with HTTP 200.
    if (headers['x-api-key'] !== simulator.apiKey) return sendJson(refusal(401));
    if (call !== 'result') return submitted(tasks, call, await readJson(request));
    if (detectTaskId === undefined) return invalid([{ field: 'detect_task_id', message: 'is required' }]);
    const next = tasks.next(detectTaskId);
    return next === undefined ? sendJson(refusal(404)) : replyFor(next.step, next.task);
  };

  const server = http.createServer((request, response) => {
    void answer(request)
      .then((reply) => reply(response))
      // A script may ask for what cannot be sent, such as a header with a line break: say so to its author.
      .catch((error: unknown) => sendText(500, `The simulator cannot answer: ${String(error)}`)(response));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const simulator: Simulator = {
    baseUrl: `http://127.0.0.1:${portOf(server)}`,
    apiKey: options.apiKey,
    submit: (script, detectTaskId) => tasks.submit(Script.parse(script), detectTaskId),
    requests,
    requestsFor: (detectTaskId) => requests.filter((request) => request.detectTaskId === detectTaskId),
    unread: () => tasks.unread(),
    close,
    [Symbol.asyncDispose]: close,
  };
  return simulator;
}

function portOf(server: http.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The simulator listens on no port.');
  return address.port;
}

const submissions = { image: endpoints.detectImage, video: endpoints.detectVideo };
const routeOf = ({ method, path }: Endpoint): string => `${method} ${path}`;
const routes = new Map<string, keyof typeof submissions | 'result'>([
  [routeOf(submissions.image), 'image'],
  [routeOf(submissions.video), 'video'],
  [routeOf(endpoints.detectResult), 'result'],
]);

const Submission = z.object({
  mediaUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  /** No field of the provider's: another process can say what its task shall answer. */
  script: z.optional(Script),
});

function submitted(tasks: Tasks, kind: keyof typeof submissions, body: unknown): Reply {
  const { mediaField } = submissions[kind];
  const given = z.record(z.string(), z.unknown()).safeParse(body);
  if (!given.success)
    return invalid([{ field: 'body', message: `must be a JSON object of at most ${maxBodyBytes} bytes` }]);
  const parsed = Submission.safeParse({ mediaUrl: given.data[mediaField], script: given.data['script'] });
  if (parsed.success)
    return sendJson(accepted(tasks.submit(parsed.data.script ?? scriptForMedia(kind, parsed.data.mediaUrl))));
  return invalid(
    parsed.error.issues.map(({ path: [field, ...rest], message }) => ({
      field: [field === 'mediaUrl' ? mediaField : field, ...rest].join('.'),
      message,
    })),
  );
}

const invalid = (errors: FieldError[]): Reply =>
  sendJson(refusal(422, undefined, errors), { httpStatus: 422 });

/** A script may hold a hundred faces with long links. */
const maxBodyBytes = 1_048_576;

/** Nothing where the body is not JSON or too long; then the rest is read and dropped. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
