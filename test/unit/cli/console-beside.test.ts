import { describe, expect, it } from 'vitest';

import { createBeside } from '../../../cli/console-beside.ts';
import type { Client } from '../../../client/client.ts';
import type { DetectRequest } from '../../../client/requests.ts';
import { swapCommand, swapRequest } from '../../../client/swap-request.ts';
import { UserError } from '../../../client/user-error.ts';
import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import type { Detection } from '../../../functions/detection/fields.ts';
import { SubmissionError } from '../../../functions/submit/outcome.ts';
import { httpServer } from '../../support/servers.ts';

const detection = {
  detect_task_id: 'a-task',
  status: 'succeeded',
  detect_id: 'a-detection',
  media_url: 'https://media.example/group.jpg',
  usable_until: '2999-01-01T00:00:00.000Z',
  faces: [0, 7].map((id) => ({ id, link: `https://faces.example/${id}.jpg` })),
} as unknown as Detection;
const expired: Detection = { ...detection, usable_until: '2001-01-01T00:00:00.000Z' };

function besideOf(client: Partial<Client>, simulatorUrl?: string) {
  const beside = createBeside({
    client: client as Client,
    api: {} as never,
    ...(simulatorUrl !== undefined && { simulatorUrl }),
  });
  return async (line: string, body: object | string = '', type = 'application/json') => {
    const [method = '', target = ''] = line.split(' ');
    const [path = '', query = ''] = target.split('?');
    const [first = '', ...rest] = path.split('/');
    const answered = await beside[first]?.answer(rest.join('/'), {
      method,
      path: `/${path}`,
      query,
      headers: { 'content-type': type },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    });
    return answered && { status: answered.status, body: JSON.parse(String(answered.body)) as object };
  };
}

describe('a swap request', () => {
  const ask = besideOf({
    get: async (id) => ({ 'a-task': detection, 'an-old-task': expired })[id],
  });
  const targets = { 7: 'https://media.example/me.jpg' };

  it('is the one of the client and of the command line', async () => {
    const made = swapRequest(detection, targets);
    expect(await ask('POST swap-request/a-task', { targets })).toEqual({
      status: 200,
      body: { json: JSON.stringify(made, undefined, 2), curl: swapCommand(made) },
    });
  });

  it('is built after the detection has expired only where that is insisted on', async () => {
    expect(await ask('POST swap-request/an-old-task', { targets })).toMatchObject({ status: 422 });
    expect(await ask('POST swap-request/an-old-task', { targets, anyway: true })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    [
      { targets: { 1: 'https://media.example/me.jpg' } },
      422,
      /^face 1: a-task has no such face; it has 0, 7$/,
    ],
    [{ targets: { 7: 'me.jpg' } }, 422, /^face 7: its target must be an http or https URL$/],
    [{ targets: { ['x'.repeat(3)]: 'https://media.example/me.jpg' } }, 422, /^targets/],
    [{}, 422, /^targets/],
    ['{', 400, /JSON/],
  ])('that breaks a rule is refused in one sentence: %j', async (body, status, detail) => {
    const answered = await ask('POST swap-request/a-task', body);
    expect(answered?.status).toBe(status);
    expect(answered?.body).toHaveProperty('detail', expect.stringMatching(detail));
  });

  it('is of a record, by a POST of JSON', async () => {
    expect(await ask('POST swap-request/absent', { targets })).toMatchObject({ status: 404 });
    expect(await ask('POST swap-request/a-task', { targets }, 'text/plain')).toMatchObject({ status: 415 });
    expect(await ask('GET swap-request/a-task')).toBeUndefined();
  });
});

describe('an upload', () => {
  it('is a detection of the file by its name, answered without faces', async () => {
    const seen: DetectRequest[] = [];
    const ask = besideOf({
      async detect(request) {
        seen.push(request);
        return detection;
      },
    });
    const answered = await ask('POST upload?name=a%20b.png', 'bytes', 'image/png');
    expect(answered).toMatchObject({ status: 202, body: { detect_task_id: 'a-task' } });
    expect(answered?.body).not.toHaveProperty('faces');
    expect(seen).toEqual([{ file: { name: 'a b.png', bytes: Buffer.from('bytes') } }]);
    expect(await ask('GET upload?name=a.png')).toBeUndefined();
    expect(seen).toHaveLength(1);
  });

  it.each([
    [
      new UserError('invalid-input', 'a.txt: must end with one of .jpg'),
      422,
      'a.txt: must end with one of .jpg',
    ],
    [new UserError('infrastructure', 'a.png: the upload failed'), 502, 'a.png: the upload failed'],
    [
      new RejectedRequestError('invalid', 'media_url: is required', 'media_url'),
      422,
      'media_url: is required',
    ],
    [new SubmissionError('SUBMISSION_UNSENT'), 503, 'Nothing was submitted; submit again.'],
  ])('that comes to nothing says so: %s', async (error, status, detail) => {
    const ask = besideOf({
      async detect() {
        throw error;
      },
    });
    expect(await ask('POST upload?name=a.png', 'bytes')).toMatchObject({ status, body: { detail } });
  });
});

describe('a picture of the simulator', () => {
  it('is asked of the simulator alone, whatever host the path looks like', async () => {
    const asked: (string | undefined)[] = [];
    await using simulator = await httpServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(404).end();
    });
    await using other = await httpServer((_, response) => void response.end('GIF89a'));
    const ask = besideOf({}, simulator.baseUrl);
    const host = new URL(other.baseUrl).host;
    expect(await ask(`GET simulator//${host}/secret`)).toMatchObject({ status: 404 });
    expect(asked).toEqual([`//${host}/secret`]);
    expect(other.connections).toBe(0);
  });
});
