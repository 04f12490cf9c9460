/** Links that lead a copier astray, through the real guard: nothing of them is stored, and the record says which they were. */
import { expect, it } from 'vitest';

import { createFetchLink } from '../../../functions/archive/fetch-link.ts';
import { markup, pictures } from '../../support/pictures.ts';
import { httpServer, unusedPort } from '../../support/servers.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { archivesOn } from './archives.ts';

/** In the place of a picture. */
const bodies: Record<string, string | Buffer> = {
  '/page': '<!doctype html><script>alert(1)</script>',
  '/markup': markup,
};

const table = await openSuiteTable();

it('hostile links are faults of the archive alone, and of each only its kind is said', async () => {
  const requests: string[] = [];
  await using server = await httpServer((request, response) => {
    requests.push(request.url ?? '');
    const head = { 'content-type': 'image/png' };
    const { url = '' } = request;
    if (url === '/redirect')
      return void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    if (url === '/huge') {
      response.writeHead(200, { ...head, 'content-length': 5 * 1_024 ** 3 });
      return void response.write(pictures.png);
    }
    return void response.writeHead(200, head).end(bodies[url] ?? pictures.png);
  });
  const other = `http://127.0.0.1:${await unusedPort()}/0.png`;
  const lookups: string[] = [];
  /** Public for the one that looks first, private ever after. */
  const lookup = async (host: string): Promise<string[]> =>
    lookups.push(host) === 1 ? ['192.0.2.1'] : ['10.0.0.1'];
  const hostile = [
    ['https://10.0.0.1/0.png', 'blocked-address'],
    ['https://[::ffff:169.254.169.254]/0.png', 'blocked-address'],
    ['https://changing.example/0.png', 'blocked-address'],
    ['https://changing.example/1.png', 'blocked-address'],
    [other, 'blocked-url'],
    ['file:///etc/passwd', 'blocked-url'],
    [`${server.baseUrl}/redirect`, 'redirected'],
    [`${server.baseUrl}/huge`, 'too-large'],
    [`${server.baseUrl}/page`, 'not-a-picture'],
    [`${server.baseUrl}/markup`, 'not-a-picture'],
  ] as const;
  const faces = [`${server.baseUrl}/face.png`, ...hostile.map(([link]) => link)].map((link, id) => ({
    id,
    link,
  }));
  const on = archivesOn(table);
  on.outside.fetchLink = createFetchLink({ simulatorOrigin: server.baseUrl, lookup });
  const head = await on.settled(faces);
  expect(await on.archive(head.detect_task_id)).toBe('partial');

  const { archive, ...after } = await on.headOf(head.detect_task_id);
  expect(archive?.faults).toEqual(hostile.map(([, reason], index) => ({ id: index + 1, reason })));
  expect(archive).toMatchObject({ faces: 1, bytes: pictures.png.length });
  // The detection is as it was.
  const { archive: _, archive_due_at: _due, due_at: _at, due_shard: _shard, ...before } = head;
  expect(after).toMatchObject({ ...before, faces });
  expect(on.keys().map((key) => key.split('/').at(-1))).toEqual([
    expect.stringMatching(/^0-\w{16}\.png$/),
    'manifest.json',
  ]);
  expect(requests.toSorted()).toEqual(['/face.png', '/huge', '/markup', '/page', '/redirect']);
  expect(lookups).toEqual(['changing.example', 'changing.example']);
});
