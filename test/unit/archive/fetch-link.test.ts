import { describe, expect, it } from 'vitest';

import { createFetchLink } from '../../../functions/archive/fetch-link.ts';
import { maxPictureBytes } from '../../../functions/archive/get.ts';
import { certificate } from '../../support/certificate.ts';
import { markup, pictures } from '../../support/pictures.ts';
import { httpServer, httpsServer, type Listening, rawServer, unusedPort } from '../../support/servers.ts';

const own = certificate({ host: 'cdn.example' });

const fromSimulator = (server: Listening) => createFetchLink({ simulatorOrigin: server.baseUrl });

/** As if the server were on the internet, under this name. */
const onTheInternet = (server: Listening) => ({
  port: String(server.port),
  lookup: async () => ['127.0.0.1'],
  isAllowed: () => true,
  ca: own.cert,
});

describe('a link', () => {
  it('gives its bytes, to a request without our key', async () => {
    let seen: unknown;
    await using server = await httpServer((request, response) => {
      seen = request.headers;
      response.end(pictures.png);
    });
    expect(await fromSimulator(server)(`${server.baseUrl}/0.png?signed=yes`)).toEqual({
      bytes: pictures.png,
    });
    expect(seen).toEqual({
      accept: 'image/*',
      'accept-encoding': 'identity',
      'user-agent': expect.stringMatching(/^face-detection-poller\//) as string,
      host: `127.0.0.1:${server.port}`,
      connection: 'close',
    });
  });

  it.each([
    ['of another loopback origin', (port: number) => `http://127.0.0.1:${port + 1}/0.png`],
    ['of the same port by another name', (port: number) => `http://localhost:${port}/0.png`],
    ['of the same host over TLS', (port: number) => `https://127.0.0.1:${port}/0.png`],
    ['with a user name', (port: number) => `http://user@127.0.0.1:${port}/0.png`],
    ['with a password', (port: number) => `http://:secret@127.0.0.1:${port}/0.png`],
    ['in the clear', () => 'http://cdn.example/0.png'],
    ['on another port', () => 'https://cdn.example:8443/0.png'],
    ['of another protocol', () => 'ftp://cdn.example/0.png'],
    ['that is a file', () => 'file:///etc/passwd'],
    ['that is its own picture', () => `data:image/png;base64,${pictures.png.toString('base64')}`],
    ['that is script', () => 'javascript:alert(1)'],
    ['that is no URL', () => 'cdn.example/0.png'],
  ])('%s is not followed', async (_what, link) => {
    await using server = await httpServer((_request, response) => void response.end(pictures.png));
    const fetchLink = createFetchLink({
      simulatorOrigin: server.baseUrl,
      lookup: async () => {
        throw new Error('is not looked up');
      },
    });
    expect(await fetchLink(link(server.port))).toEqual({ fault: 'blocked-url' });
    expect(server.connections).toBe(0);
  });

  it.each([
    'https://10.0.0.1/0.png',
    'https://127.0.0.1/0.png',
    'https://[::1]/0.png',
    'https://0x7f.1/0.png',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'https://192.168.0.1/0.png',
  ])('to a private address is not followed: %s', async (link) => {
    expect(await createFetchLink()(link)).toEqual({ fault: 'blocked-address' });
  });

  it('whose host has a private address, if only beside a public one, is not followed', async () => {
    const fetchLink = createFetchLink({ lookup: async () => ['93.184.215.14', '10.0.0.1'] });
    expect(await fetchLink('https://cdn.example/0.png')).toEqual({ fault: 'blocked-address' });
  });

  it('is not followed where the simulator’s own name leads elsewhere', async () => {
    const fetchLink = createFetchLink({
      simulatorOrigin: 'http://simulator.example',
      lookup: async () => ['93.184.215.14'],
    });
    expect(await fetchLink('http://simulator.example/0.png')).toEqual({ fault: 'blocked-address' });
  });

  it('of the internet is fetched from a server with a certificate for its name', async () => {
    await using server = await httpsServer(own, (_request, response) => void response.end(pictures.png));
    const fetchLink = createFetchLink(onTheInternet(server));
    expect(await fetchLink(`https://cdn.example:${server.port}/0.png`)).toEqual({ bytes: pictures.png });
    expect(await fetchLink(`https://other.example:${server.port}/0.png`)).toEqual({ fault: 'tls' });
    const { ca: _, ...untrusting } = onTheInternet(server);
    const other = createFetchLink(untrusting);
    expect(await other(`https://cdn.example:${server.port}/0.png`)).toEqual({ fault: 'tls' });
  });

  it('is dropped where the connection leads to another address than the one that was checked', async () => {
    let requests = 0;
    await using server = await httpsServer(own, () => void (requests += 1));
    let asked = 0;
    const fetchLink = createFetchLink({ ...onTheInternet(server), isAllowed: () => (asked += 1) === 1 });
    const link = `https://cdn.example:${server.port}/0.png`;
    expect(await fetchLink(link)).toEqual({ fault: 'blocked-address' });
    expect({ requests, asked }).toEqual({ requests: 0, asked: 2 });
  });

  it.each([
    ['no name', async () => Promise.reject(new Error('ENOTFOUND'))],
    ['a name without an address', async () => []],
  ])('with %s is a fault', async (_what, lookup) => {
    expect(await createFetchLink({ lookup })('https://cdn.example/0.png')).toEqual({ fault: 'dns' });
  });

  it.each([
    ['http-404', 404, {}],
    ['http-403', 403, {}],
    ['http-500', 500, {}],
    ['http-204', 204, {}],
    ['http-206', 206, {}],
    ['redirected', 302, { location: 'http://169.254.169.254/latest/meta-data/' }],
    ['redirected', 301, { location: '/other.png' }],
    ['redirected', 304, {}],
    ['encoded', 200, { 'content-encoding': 'gzip' }],
    ['too-large', 200, { 'content-length': String(5 * 1024 ** 3) }],
    ['too-large', 200, { 'content-length': String(maxPictureBytes + 1) }],
  ])('is %s by status %i and %o', async (fault, status, headers) => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(status, headers).flushHeaders();
      response.end();
    });
    expect(await fromSimulator(server)(`${server.baseUrl}/0.png`)).toEqual({ fault });
    expect(server.connections).toBe(1);
  });

  it('is read up to the largest picture, and not a byte further', async () => {
    const sizes = [maxPictureBytes, maxPictureBytes + 1];
    await using server = await httpServer(
      (_request, response) => void response.end(Buffer.alloc(sizes.shift() ?? 0)),
    );
    const fetchLink = fromSimulator(server);
    const whole = await fetchLink(`${server.baseUrl}/0.png`);
    expect('bytes' in whole && whole.bytes.length).toBe(maxPictureBytes);
    expect(await fetchLink(`${server.baseUrl}/0.png`)).toEqual({ fault: 'too-large' });
  });

  it('without a stated length is dropped once it is too large', async () => {
    let written = 0;
    await using server = await httpServer((request, response) => {
      const pump = (): void => {
        while (!request.socket.destroyed && written < 64 * maxPictureBytes) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return;
        }
      };
      response.on('drain', pump);
      pump();
    });
    expect(await fromSimulator(server)(`${server.baseUrl}/0.png`)).toEqual({ fault: 'too-large' });
    expect(written).toBeLessThan(16 * maxPictureBytes);
  });

  it('ends at its time, at the first byte, at the head or in the middle', async () => {
    await using silent = await rawServer(() => {});
    await using slow = await httpServer((_request, response) => response.writeHead(200).flushHeaders());
    for (const server of [silent, slow]) {
      const fetchLink = createFetchLink({ simulatorOrigin: server.baseUrl, timeoutMs: 50 });
      expect(await fetchLink(`${server.baseUrl}/0.png`)).toEqual({ fault: 'timeout' });
      while (server.open > 0) await new Promise(setImmediate);
    }
    const never = createFetchLink({ lookup: () => new Promise(() => {}), timeoutMs: 50 });
    expect(await never('https://cdn.example/0.png')).toEqual({ fault: 'timeout' });
  });

  it('is a fault where its server is away, breaks off, or speaks something else', async () => {
    const port = await unusedPort();
    const origin = `http://127.0.0.1:${port}`;
    expect(await createFetchLink({ simulatorOrigin: origin })(`${origin}/0.png`)).toEqual({
      fault: 'connection-refused',
    });
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n';
    for (const [speech, fault] of [
      ['', 'reset'],
      [head, 'cut'],
      [`${head}half`, 'cut'],
      ['no HTTP', 'not-http'],
      ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'http-101'],
    ] as const) {
      await using server = await rawServer((socket) => void socket.end(speech));
      expect(await fromSimulator(server)(`${server.baseUrl}/0.png`)).toEqual({ fault });
    }
  });

  it('gives what it gives: what is no picture is found out by its bytes', async () => {
    await using server = await httpServer((_request, response) => {
      response.setHeader('content-type', 'image/png').end(markup);
    });
    expect(await fromSimulator(server)(`${server.baseUrl}/0.png`)).toEqual({ bytes: markup });
  });
});
