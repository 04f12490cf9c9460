import http from 'node:http';
import { text } from 'node:stream/consumers';

import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { presignedSeconds, s3Store } from '../../../functions/archive/s3-store.ts';
import type { PictureStore } from '../../../functions/archive/store.ts';

const xml = (body: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;

/** As much of S3 as the archive speaks to, with the answers that its documentation shows. */
describe('the pictures in a bucket', () => {
  const objects = new Map<string, { body: string; type: string | undefined }>();
  const deletions: number[] = [];
  let kept: string | undefined;
  let client: S3Client;
  let store: PictureStore;

  async function answer(request: http.IncomingMessage): Promise<[status: number, body: string]> {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const key = decodeURIComponent(url.pathname.replace(/^\/pictures\/?/, ''));
    const body = await text(request);
    if (request.method === 'PUT') {
      objects.set(key, { body, type: request.headers['content-type'] });
      return [200, ''];
    }
    if (request.method === 'POST') {
      const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, found = '']) => found);
      deletions.push(keys.length);
      for (const each of keys) if (each !== kept) objects.delete(each);
      const error = `<Error><Key>${kept}</Key><Code>AccessDenied</Code><Message>no</Message></Error>`;
      return [
        200,
        xml(`<DeleteResult>${kept !== undefined && keys.includes(kept) ? error : ''}</DeleteResult>`),
      ];
    }
    if (url.searchParams.has('list-type')) {
      const prefix = url.searchParams.get('prefix') ?? '';
      const found = [...objects.keys()].filter((each) => each.startsWith(prefix)).slice(0, 1_000);
      const contents = found.map((each) => `<Contents><Key>${each}</Key><Size>1</Size></Contents>`).join('');
      return [200, xml(`<ListBucketResult><Name>pictures</Name>${contents}</ListBucketResult>`)];
    }
    const object = objects.get(key);
    if (object !== undefined) return [200, object.body];
    return [
      404,
      xml('<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>'),
    ];
  }
  const server = http.createServer((request, response) => {
    void answer(request).then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/xml' }).end(body),
    );
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    store = s3Store({ client, bucket: 'pictures' });
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });
  beforeEach(() => {
    objects.clear();
    deletions.length = 0;
    kept = undefined;
  });

  it('are read as they were put, and missing ones are nothing', async () => {
    await store.put('faces/a/0.png', Buffer.from('picture'), 'image/png');
    expect(objects.get('faces/a/0.png')?.type).toBe('image/png');
    expect(Buffer.from((await store.read('faces/a/0.png')) ?? []).toString()).toContain('picture');
    expect(await store.read('faces/a/1.png')).toBeUndefined();
  });

  it('have an address that is signed, and valid for a quarter of an hour', async () => {
    const located = await store.locate('faces/a/0.png');
    const url = new URL('url' in located ? located.url : '');
    expect(url.pathname).toBe('/pictures/faces/a/0.png');
    expect(url.searchParams.get('X-Amz-Expires')).toBe(String(presignedSeconds));
    expect(url.searchParams.has('X-Amz-Signature')).toBe(true);
  });

  it('are all deleted under a prefix, a thousand at a time, and no others', async () => {
    for (let face = 0; face < 1_001; face++)
      objects.set(`faces/a/${face}.png`, { body: '', type: undefined });
    objects.set('faces/ab/0.png', { body: '', type: undefined });
    await store.deleteUnder('faces/a/');
    expect([...objects.keys()]).toEqual(['faces/ab/0.png']);
    expect(deletions).toEqual([1_000, 1]);
  });

  it('that stay are an error, though the request succeeds', async () => {
    kept = 'faces/a/0.png';
    objects.set(kept, { body: '', type: undefined });
    await expect(store.deleteUnder('faces/a/')).rejects.toThrow('the bucket kept 1 objects: AccessDenied');
  });
});
