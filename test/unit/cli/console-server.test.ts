import http from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { page } from '../../../cli/console-pages.ts';
import { startConsoleServer } from '../../../cli/console-server.ts';
import { json } from '../../../functions/api/message.ts';

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}
interface Sent {
  method?: string;
  body?: Buffer;
  headers?: Record<string, string>;
}

const asked: string[] = [];
let server: Awaited<ReturnType<typeof startConsoleServer>>;
let host = '';
let base = '';
let token = '';
let cookie = '';

/** By the bare protocol: fetch sets some headers itself. */
const send = (path: string, { method = 'GET', headers = {}, body: sent }: Sent = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    http
      .request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      })
      .on('error', reject)
      .end(sent);
  });
const write = (path: string, bytes: number, more: Record<string, string> = {}) =>
  send(base + path, {
    method: 'POST',
    headers: { cookie, origin: `http://${host}`, ...more },
    body: Buffer.alloc(bytes),
  });
const start = () =>
  startConsoleServer({
    async answer({ method, path }) {
      asked.push(`${method} ${path}`);
      return json(200, { answered: path });
    },
    port: 0,
    events: {
      send: (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
    },
    files: new Map([['', page({ place: '</script><script>alert(1)</script>' })]]),
    beside: {
      large: {
        maxBytes: 100_000,
        async answer(rest, { body }) {
          asked.push(`beside ${rest}`);
          return rest === '' ? undefined : json(200, { rest, bytes: body.byteLength });
        },
      },
    },
  });

beforeAll(async () => {
  server = await start();
  const url = new URL(server.openUrl);
  host = url.host;
  base = url.pathname.replace('/open', '');
  token = url.searchParams.get('token') ?? '';
  const opened = await send(`${base}/open?token=${token}`);
  cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
});
afterAll(() => server.close());

describe('the session of the console', () => {
  it('is a cookie that no script reads, no other site sends and no other path sees', async () => {
    const other = await start();
    const { headers } = await fetch(other.openUrl);
    const set = headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^face_poller_console=[\w-]{43}; Path=\/[\w-]{16}\/; HttpOnly; SameSite=Strict$/);
    await other.close();
  });

  it('is given for the printed token once, and for no other', async () => {
    expect(cookie).toContain('face_poller_console=');
    for (const given of [token, '', 'x'.repeat(43)]) {
      const refused = await send(`${base}/open?token=${given}`);
      expect(refused).toMatchObject({ status: 401 });
      expect(refused.headers['set-cookie']).toBeUndefined();
    }
  });

  it.each(['', 'face_poller_console=', `face_poller_console=${'x'.repeat(43)}`, 'other=1'])(
    'is needed for everything: not with "%s"',
    async (given) => {
      const before = asked.length;
      for (const path of ['/', '/page.js', '/events', '/detections', '/simulator/faces/a/0.png', '/cost/a']) {
        const refused = await send(base + path, given === '' ? {} : { headers: { cookie: given } });
        expect(refused).toMatchObject({ status: 401 });
      }
      expect(asked).toHaveLength(before);
    },
  );

  it('shows a person without one what to do', async () => {
    const refused = await send(`${base}/`, { headers: { 'sec-fetch-mode': 'navigate' } });
    expect(refused.status).toBe(401);
    expect(refused.body).toContain('face-poller console');
  });

  it('lets its holder through, by the API that all callers have', async () => {
    expect(await send(`${base}/detections`, { headers: { cookie } })).toMatchObject({
      status: 200,
      body: '{"answered":"/detections"}',
    });
  });
});

describe('another page, with the cookie', () => {
  const origins = [
    'http://evil.example',
    'null',
    'http://127.0.0.1:1',
    'http://localhost:1',
    'https://127.0.0.1',
  ];

  it.each(origins)('from %s can neither read nor write', async (origin) => {
    const before = asked.length;
    for (const method of ['GET', 'POST', 'DELETE']) {
      const refused = await send(`${base}/detections/a`, { method, headers: { cookie, origin } });
      expect(refused.status).toBe(403);
    }
    expect(asked).toHaveLength(before);
  });

  it('cannot write without an Origin', async () => {
    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH'])
      expect(await send(`${base}/detections/a`, { method, headers: { cookie } })).toMatchObject({
        status: 403,
      });
    const headers = { cookie, origin: `http://${host}` };
    expect(await send(`${base}/detections/a`, { method: 'DELETE', headers })).toMatchObject({ status: 200 });
  });

  it.each(['same-site', 'cross-site'])('is told by its browser: %s', async (site) => {
    const headers = { cookie, 'sec-fetch-site': site };
    expect(await send(`${base}/detections`, { headers })).toMatchObject({ status: 403 });
  });

  it('that names this machine its own is no host of the console', async () => {
    for (const rebound of ['evil.example', `evil.example:${host.split(':')[1]}`, '127.0.0.1']) {
      const refused = await send(`${base}/detections`, { headers: { cookie, host: rebound } });
      expect(refused.status).toBe(421);
    }
  });

  it('does not know the path', async () => {
    for (const path of ['/', '/detections', '/open', '/x/detections', base])
      expect(await send(path, { headers: { cookie } })).toMatchObject({ status: 404 });
  });
});

describe('what is beside the API', () => {
  it('takes bodies up to its own limit, and the API up to that of the API', async () => {
    const taken = await write('/large/a/b', 100_000);
    expect([taken.status, taken.body]).toEqual([200, '{"rest":"a/b","bytes":100000}']);
    expect(await write('/large/a', 100_001)).toMatchObject({ status: 413 });
    expect(await write('/detections', 8_192)).toMatchObject({ status: 200 });
    expect(await write('/detections', 8_193)).toMatchObject({ status: 413 });
  });

  it('is closed to other pages, and to requests without the session', async () => {
    const before = asked.length;
    expect(await write('/large/a', 1, { origin: 'http://evil.example' })).toMatchObject({ status: 403 });
    expect(await write('/large/a', 1, { cookie: '' })).toMatchObject({ status: 401 });
    expect(asked).toHaveLength(before);
  });

  it('leaves to the API what it does not know', async () => {
    for (const path of ['/large', '/constructor'])
      expect(await write(path, 1)).toMatchObject({ body: JSON.stringify({ answered: path }) });
  });
});

describe('every answer', () => {
  const paths = ['/', '/detections', '/events', '/open?token=x', '/nothing'];

  it.each(paths)('forbids frames, sniffing, caching, referrers and foreign scripts: %s', async (path) => {
    const { headers } = await send(base + path, { headers: { cookie } });
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('holds what the page knows as data that ends no script', async () => {
    const { body } = await send(`${base}/`, { headers: { cookie } });
    expect(body).not.toContain('<script>alert');
    expect(body.match(/<\/script>/g)).toHaveLength(2);
  });
});
