/** A stand-in for crun.ai on this machine: the documented calls, answered by each task's script, and its faces' pictures. */
import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

import { type Endpoint, endpoints } from '../../functions/crun/endpoints.ts';
import { DetectTaskId } from '../../functions/detection/input.ts';
import { refusal, success } from './envelope.ts';
import { reset } from './hostile.ts';
import { portraitOf } from './portraits.ts';
import { replyFor } from './reply.ts';
import { type Script, ScriptSchema } from './script.ts';
import { type Reply, send, sendJson, sendText } from './send.ts';
import {
  type CreatedTask,
  invalid,
  maxBodyBytes,
  type MediaCall,
  type SubmissionStep,
  submitted,
} from './submission.ts';
import { createTasks } from './tasks.ts';
import { createUploads, type Upload, type Uploads } from './uploads.ts';

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
  /** Its origin, on 127.0.0.1. */
  readonly baseUrl: string;
  /** Every other key is rejected; set another to rotate it. */
  apiKey: string;
  /** Registers a task, under an id of the provider's form unless one is given; a known id begins anew. */
  submit(script: Script, detectTaskId?: string): string;
  /** What the next submissions meet, one step each; those behind them are accepted. */
  scriptSubmissions(...steps: SubmissionStep[]): void;
  /** The tasks that submissions created, also where their submitter does not know. */
  readonly created: readonly CreatedTask[];
  /** The files that were uploaded. */
  readonly uploads: readonly Upload[];
  /** Whether an id is one of a task that any simulator made. */
  readonly knows: (detectTaskId: string) => boolean;
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
  /**
   * The key that calls must bring; every other is rejected.
   *
   * @example 'key-of-a-test'
   */
  apiKey: string;
  /**
   * Its clock: milliseconds since 1970.
   *
   * @default Date.now
   * @example () => Date.parse('2026-11-22T12:00:00Z')
   */
  now?: (() => number) | undefined;
  /**
   * The port on 127.0.0.1: 0 to 65535; 0 takes a free one.
   *
   * @default 0
   * @example 8787
   */
  port?: number | undefined;
  /**
   * Whether `requests` is filled: in a process that lives on it would grow with every call.
   *
   * @default true
   * @example false
   */
  isRecording?: boolean | undefined;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { now = Date.now, port = 0, isRecording = true } = options;
  const origin = (): string => simulator.baseUrl;
  const tasks = createTasks(now, origin);
  const uploads = createUploads(origin);
  const steps: SubmissionStep[] = [];
  const created: CreatedTask[] = [];
  const requests: RecordedRequest[] = [];
  const onCreated = (task: CreatedTask): void => void (isRecording && created.push(task));

  async function answerCall(call: Call, { searchParams }: URL, request: IncomingMessage): Promise<Reply> {
    if (call === 'uploadUrl') {
      const prepared = uploads.prepare(searchParams);
      return Array.isArray(prepared) ? invalid(prepared) : sendJson(success(prepared));
    }
    if (call !== 'result') {
      if (steps[0]?.step === 'reset-before-body') {
        steps.shift();
        return reset;
      }
      const deps = { tasks, uploads, nextStep: () => steps.shift(), onCreated };
      return submitted(deps, call, mediaCalls[call].mediaField, await readJson(request));
    }
    const detectTaskId = searchParams.get('detect_task_id');
    if (detectTaskId === null) return invalid([{ field: 'detect_task_id', message: 'is required' }]);
    const next = tasks.next(detectTaskId);
    return next === undefined ? sendJson(refusal(404)) : replyFor(next.step, next.task);
  }

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const { method = '', headers } = request;
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1') ?? new URL('http://127.0.0.1');
    const detectTaskId = url.searchParams.get('detect_task_id') ?? undefined;
    if (isRecording) requests.push({ method, path: url.pathname, detectTaskId, headers, atMs: now() });

    const call = calls.get(`${method} ${url.pathname}`);
    if (call === undefined) return answerFile(uploads, url, request);
    // As a sibling of the provider does: a rejected key comes with HTTP 200.
    if (headers['x-api-key'] !== simulator.apiKey) return sendJson(refusal(401));
    return answerCall(call, url, request);
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
    submit: (script, detectTaskId) => tasks.submit(ScriptSchema.parse(script), detectTaskId),
    scriptSubmissions: (...given) => void steps.push(...given),
    created,
    get uploads() {
      return uploads.all();
    },
    knows: (detectTaskId) => tasks.knows(detectTaskId),
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

const mediaCalls = { image: endpoints.detectImage, video: endpoints.detectVideo };
type Call = MediaCall | 'result' | 'uploadUrl';
const routeOf = ({ method, path }: Endpoint): string => `${method} ${path}`;
const calls = new Map<string, Call>([
  [routeOf(mediaCalls.image), 'image'],
  [routeOf(mediaCalls.video), 'video'],
  [routeOf(endpoints.detectResult), 'result'],
  [routeOf(endpoints.uploadUrl), 'uploadUrl'],
]);

/** What takes no key: the pictures behind the faces' links, and the store behind presigned addresses. */
async function answerFile(uploads: Uploads, url: URL, request: IncomingMessage): Promise<Reply> {
  const { pathname } = url;
  if (request.method === 'PUT' && uploads.isUploadPath(pathname)) {
    const httpStatus = await uploads.take(url, request);
    return sendText(httpStatus, httpStatus === 200 ? '' : 'SignatureDoesNotMatch');
  }
  const [, detectTaskId, faceId] = /^\/faces\/([^/]+)\/(\d{1,6})\.png$/.exec(pathname) ?? [];
  if (request.method !== 'GET' || !DetectTaskId.safeParse(detectTaskId).success)
    return sendText(404, 'Not Found');
  return send(200, { 'content-type': 'image/png' }, await portraitOf(String(detectTaskId), Number(faceId)));
}

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
