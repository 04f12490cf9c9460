import { describe, expect, it } from 'vitest';

import { fetchPicture, pictureReply } from '../../../cli/console-pictures.ts';
import { maxPictureBytes } from '../../../functions/archive/get.ts';
import { httpServer, unusedPort } from '../../support/servers.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');

describe('a picture that passes through', () => {
  it.each([
    ['image/png', png],
    ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
    ['image/gif', Buffer.from('GIF89a')],
    ['image/webp', Buffer.from('RIFF\x00\x01\x02\x03WEBPVP8 ', 'latin1')],
    ['image/avif', Buffer.from('\x00\x00\x00\x20ftypavif', 'latin1')],
  ])('is %s by its first bytes', (type, bytes) => {
    expect(pictureReply(bytes)).toMatchObject({
      status: 200,
      headers: { 'content-type': type },
      body: bytes,
    });
  });

  it.each([
    '<!doctype html><script>alert(1)</script>',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '',
    'GIF8',
  ])('is no picture, whatever its server says: %s', async (text) => {
    await using server = await httpServer((_, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(text),
    );
    expect(await fetchPicture(new URL(server.baseUrl))).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
    });
  });

  it('is fetched with its own type, whatever its server says', async () => {
    await using server = await httpServer((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' }).end(png),
    );
    const reply = await fetchPicture(new URL(server.baseUrl));
    expect(reply.headers).toEqual({ 'content-type': 'image/png', 'content-disposition': 'inline' });
  });

  it.each<[string, (path: string) => [number, Record<string, string>, Buffer]]>([
    ['a redirect', () => [302, { location: 'http://169.254.169.254/' }, png]],
    ['an error', () => [500, {}, png]],
    ['too many bytes', () => [200, {}, Buffer.concat([png, Buffer.alloc(maxPictureBytes)])]],
  ])('is gone after %s', async (_what, answerOf) => {
    await using server = await httpServer((request, response) => {
      const [status, headers, body] = answerOf(request.url ?? '');
      response.writeHead(status, headers).end(body);
    });
    expect(await fetchPicture(new URL(server.baseUrl))).toMatchObject({ status: 404 });
  });

  it('is gone where no server answers', async () => {
    expect(await fetchPicture(new URL(`http://127.0.0.1:${await unusedPort()}`))).toMatchObject({
      status: 404,
    });
  });
});
