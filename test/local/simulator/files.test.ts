import { createHash } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { apiKey, ask, matching, post } from './ask.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey });
});
afterEach(() => simulator.close());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const linksOf = async (id: string): Promise<string[]> => {
  const answer = (await (await ask(simulator, id)).json()) as never as {
    data: { result: { faces: { link: string }[] } };
  };
  return answer.data.result.faces.map(({ link }) => link);
};
const pictureOf = async (link: string): Promise<Uint8Array> => {
  const response = await fetch(link);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
  return response.bytes();
};

const prepare = async (query: string): Promise<Response> =>
  fetch(`${simulator.baseUrl}/api/v1/client/files/upload-url?${query}`, {
    headers: { 'x-api-key': apiKey },
  });
const put = (url: string, contentType: string): Promise<Response> =>
  fetch(url, { method: 'PUT', headers: { 'content-type': contentType }, body: 'bytes' });
const submit = (url: string): Promise<Response> =>
  post(simulator, 'detect-face-image', JSON.stringify({ image_url: url }));

const prepared = async (): Promise<{ presigned_url: string; file_url: string }> => {
  const answer = (await (await prepare('content_type=image/png&ext=.png')).json()) as never as {
    code: number;
    data: { presigned_url: string; file_url: string };
  };
  expect(answer.code).toBe(200);
  return answer.data;
};
describe("a face's link", () => {
  it('leads to a PNG of its own, the same from every simulator', async () => {
    const id = simulator.submit([{ step: 'succeeded', faces: 3 }], 'group');
    const pictures = await Promise.all((await linksOf(id)).map(pictureOf));
    for (const picture of pictures) {
      expect(Buffer.from(picture.subarray(0, 8)).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
      // Drawn, and no plain square.
      expect(picture.byteLength).toBeGreaterThan(1_000);
    }
    expect(new Set(pictures.map(sha256)).size).toBe(3);

    await using other = await startSimulator({ apiKey });
    const again = await pictureOf(`${other.baseUrl}/faces/group/1.png`);
    expect(sha256(again)).toBe(sha256(pictures[1] ?? new Uint8Array()));
    expect(sha256(await pictureOf(`${other.baseUrl}/faces/another/1.png`))).not.toBe(sha256(again));
  });

  it.each(['/faces/group/x.png', '/faces/group/0.jpg', '/faces/gr!up/0.png', '/faces/0.png'])(
    'of another form, %s, is not found',
    async (path) => {
      expect((await fetch(`${simulator.baseUrl}${path}`)).status).toBe(404);
    },
  );
});

describe('an upload', () => {
  it('takes the bytes at the presigned address, and its file can be submitted from then on', async () => {
    const { presigned_url, file_url } = await prepared();
    expect(file_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/uploads\/[0-9a-f-]{36}\.png$/);
    expect(await (await submit(file_url)).json()).toMatchObject({
      code: 422,
      errors: [{ field: 'image_url' }],
    });
    expect((await put(presigned_url, 'image/png')).status).toBe(200);
    expect(simulator.uploads).toMatchObject([{ fileUrl: file_url, contentType: 'image/png', bytes: 5 }]);
    expect(await (await submit(file_url)).json()).toMatchObject({ code: 200 });
  });

  it('is rejected under another content type, another signature, or another name', async () => {
    const { presigned_url, file_url } = await prepared();
    for (const [url, contentType] of [
      [presigned_url, 'image/jpeg'],
      [file_url, 'image/png'],
      [`${simulator.baseUrl}/uploads/none.png?signature=x`, 'image/png'],
    ] as const) {
      expect((await put(url, contentType)).status).toBe(403);
    }
    expect(simulator.uploads).toHaveLength(1);
    expect(simulator.uploads[0]).not.toHaveProperty('bytes');
  });

  it.each([
    ['ext=.png', 'content_type'],
    ['content_type=png&ext=.png', 'content_type'],
    ['content_type=image/png&ext=png', 'ext'],
  ])('asked for by "%s" gets 422', async (query, field) => {
    const response = await prepare(query);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 422, errors: [{ field, message: matching(/./) }] });
  });

  it('needs the key', async () => {
    const response = await fetch(`${simulator.baseUrl}/api/v1/client/files/upload-url`);
    expect(await response.json()).toMatchObject({ code: 401 });
  });
});
