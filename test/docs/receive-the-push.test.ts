/** The page's examples, compiled and run as they are printed, with little stand-ins for the two frameworks. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { LambdaFunctionURLEvent, LambdaFunctionURLHandler } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { verifyWebhook, WebhookVerificationError } from '../../client/webhooks.ts';
import type { Detection } from '../../functions/detection/fields.ts';
import { payloadOf } from '../../functions/notify/webhook/payload.ts';
import { signatureHeaders, type WebhookHeaders } from '../../functions/notify/webhook/sign.ts';
import { failedDelivery, secretOf } from '../support/deliveries.ts';
import { listening } from '../support/servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(path.join(root, 'docs/receive-the-push.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);

const secret = secretOf('page');
const id = 'dit60yt8reqplt1c16_1_failed';
const signed = (body: string, by = secret): WebhookHeaders =>
  signatureHeaders([by], { id, timestampSeconds: Math.floor(Date.now() / 1_000), body });

const standIns = {
  express: {
    'index.d.ts': `
      import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
      type Request = IncomingMessage & { body: any };
      type Response = ServerResponse & { sendStatus(status: number): Response };
      type Handler = (request: Request, response: Response) => unknown;
      declare function express(): RequestListener & { post(path: string, ...handlers: Handler[]): void };
      declare namespace express {
        function raw(options: { type: string; limit: string }): Handler;
      }
      export default express;`,
    'index.js': `
      import { buffer } from 'node:stream/consumers';
      export default function express() {
        const routes = new Map();
        const app = async (request, response) => {
          response.sendStatus = (status) => response.writeHead(status).end();
          for (const handle of routes.get(request.url) ?? []) await handle(request, response);
        };
        app.post = (path, ...handlers) => routes.set(path, handlers);
        return app;
      }
      express.raw = () => async (request) => { request.body = await buffer(request); };`,
  },
  hono: {
    'index.d.ts': `
      interface Context {
        req: { raw: Request; text(): Promise<string> };
        body(data: null, status: number): Response;
      }
      export class Hono {
        post(path: string, handler: (c: Context) => Promise<Response>): void;
        fetch(request: Request): Promise<Response>;
      }`,
    'index.js': `
      export class Hono {
        post(path, handler) { this.handler = handler; }
        fetch(raw) {
          const body = (data, status) => new Response(data, { status });
          return this.handler({ req: { raw, text: () => raw.text() }, body });
        }
      }`,
  },
};

/** Inside the project, so that the examples find its sources and packages. */
let folder: string;
const names = ['express', 'hono', 'lambda'] as const;
beforeAll(async () => {
  await mkdir(path.join(root, '.cache'), { recursive: true });
  folder = await mkdtemp(path.join(root, '.cache', 'receive-'));
  for (const [name, files] of Object.entries(standIns)) {
    const home = path.join(folder, 'node_modules', name);
    await mkdir(home, { recursive: true });
    const manifest = JSON.stringify({ name, type: 'module', main: 'index.js', types: 'index.d.ts' });
    await writeFile(path.join(home, 'package.json'), manifest);
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(home, file), text);
  }
  for (const [at, name] of names.entries()) {
    const source = (blocks('ts')[at] ?? '').replaceAll(`'./client/`, `'../../client/`);
    await writeFile(path.join(folder, `${name}.ts`), source);
  }
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
  vi.stubEnv('WEBHOOK_SECRET', secret);
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

type Receive = (headers: WebhookHeaders, body: string) => Promise<number | undefined>;

const example = async <T>(name: (typeof names)[number]): Promise<T> =>
  (await import(path.join(folder, `${name}.ts`))) as T;

const receivers: Record<(typeof names)[number], Receive> = {
  async express(headers, body) {
    const { app } = await example<{ app: http.RequestListener }>('express');
    await using server = await listening(http.createServer(app));
    return (await fetch(`${server.baseUrl}/faces`, { method: 'POST', headers: { ...headers }, body })).status;
  },
  async hono(headers, body) {
    const { app } = await example<{ app: { fetch(request: Request): Promise<Response> } }>('hono');
    const init = { method: 'POST', headers: { ...headers }, body };
    return (await app.fetch(new Request('https://hooks.example.com/faces', init))).status;
  },
  async lambda(headers, body) {
    const { handler } = await example<{ handler: LambdaFunctionURLHandler }>('lambda');
    const call = (event: object): unknown => handler(event as LambdaFunctionURLEvent, {} as never, () => {});
    const plain = await call({ headers, body, isBase64Encoded: false });
    const encoded = await call({
      headers,
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    });
    expect(encoded).toEqual(plain);
    return (plain as { statusCode?: number }).statusCode;
  },
};

describe('the examples', () => {
  it('are three, of some ten lines each', () => {
    const lines = blocks('ts').map(
      (text) => text.split('\n').filter((line) => !/^(import .*)?$/.test(line)).length,
    );
    expect(lines).toHaveLength(3);
    expect(Math.max(...lines)).toBeLessThanOrEqual(11);
  });

  it('compile', async () => {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const compiled = promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect((await compiled).stdout).toBe('');
  });

  it.each(names)('verify what was signed, and refuse what was not: %s', async (name) => {
    const receive = receivers[name];
    expect(await receive(signed(failedDelivery), failedDelivery)).toBe(204);
    expect(console.log).toHaveBeenLastCalledWith(id, 'face_detection.failed', 'dit60yt8reqplt1c16');
    expect(await receive(signed(failedDelivery), `${failedDelivery} `)).toBe(401);
    expect(await receive(signed(failedDelivery, secretOf('another')), failedDelivery)).toBe(401);
  });
});

describe('the page', () => {
  it('shows a body as it is sent, but for its white space', () => {
    const [shown = ''] = blocks('json');
    const { data } = JSON.parse(shown) as { data: Detection };
    const body = JSON.stringify(JSON.parse(shown));
    expect(payloadOf(data)).toBe(body);
    expect(verifyWebhook(secret, signed(body), body).type).toBe('face_detection.succeeded');
  });

  it('names the headers that are sent', () => {
    const told = [...(blocks('text')[0] ?? '').matchAll(/^([\w-]+):/gm)].map(([, name]) => name);
    expect(told).toEqual([...Object.keys(signed('{}')), 'content-type', 'user-agent']);
  });

  it('names every reason of a refusal', () => {
    const [, list = ''] = /whose `reason` is (.*)\. It needs/.exec(page) ?? [];
    const told = [...list.matchAll(/`([\w-]+)`/g)].map(([, reason]) => reason ?? '');
    const sentences = told.map((reason) => new WebhookVerificationError(reason as 'secret').message);
    expect(sentences).toHaveLength(6);
    expect(sentences.every((sentence) => sentence !== '')).toBe(true);
  });
});
