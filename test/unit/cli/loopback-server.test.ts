/** How long a request to a server of this machine may take, and by which names it is asked for. */
import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { uploadMs } from '../../../cli/console-server.ts';
import { namesOf, readBody, startLoopbackServer } from '../../../cli/loopback-server.ts';
import { maxFileBytes } from '../../../client/upload.ts';

/** Answers with the length of the body, `afterMs` it has come. */
async function echoServer({ silentMs, afterMs = 0 }: { silentMs: number; afterMs?: number }) {
  const server = await startLoopbackServer(
    0,
    async (request, response) => {
      const body = await readBody(request);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      response.writeHead(200, { connection: 'close' }).end(String(body?.byteLength));
    },
    { silentMs },
  );
  const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return { socket, said: text(socket), [Symbol.asyncDispose]: () => server.close() };
}

const headOf = (bytes: number): string =>
  `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${bytes}\r\n\r\n`;

describe('a request', () => {
  it('may take as long as the largest file needs over a slow line', () => {
    const bytesPerSecond = maxFileBytes / (uploadMs / 1_000);
    expect(bytesPerSecond).toBeLessThan(200_000);
  });

  it('whose sender falls silent in the body ends, and is not answered', async () => {
    await using echo = await echoServer({ silentMs: 20 });
    echo.socket.write(`${headOf(10)}half`);
    expect(await echo.said).toBe('');
  });

  it('may be answered later than its sender may be silent', async () => {
    await using echo = await echoServer({ silentMs: 20, afterMs: 80 });
    echo.socket.write(`${headOf(4)}body`);
    expect(await echo.said).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n4\r\n/);
  });
});

it.each([
  ['127.0.0.1:8080', ['127.0.0.1:8080', 'localhost:8080']],
  ['127.0.0.1:80', ['127.0.0.1:80', 'localhost:80', '127.0.0.1', 'localhost']],
  ['127.0.0.1:8180', ['127.0.0.1:8180', 'localhost:8180']],
])('the server on %s has the names by which clients ask for it', (address, names) => {
  expect([...namesOf(address)]).toEqual(names);
});
