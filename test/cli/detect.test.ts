import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { useMachine } from '../support/one-machine.ts';

describe('from a picture to a swap', { timeout: 60_000 }, () => {
  const machine = useMachine();
  const { run } = machine;
  const posts = (): number => machine.simulator.requests.filter(({ method }) => method === 'POST').length;

  it('takes three commands: the record, its faces, and the documented body', async () => {
    const url = 'https://media.example/sample-group.jpg';
    const detected = await run(['detect', url, '--wait', '--json', '--metadata', '{"order":7}']);
    expect(detected).toMatchObject({ code: 0, stderr: '' });
    const [record] = detected.records();
    expect(record).toMatchObject({
      detect_task_id: machine.simulator.created[0]?.detectTaskId,
      status: 'succeeded',
      face_count: 5,
      media_url: url,
      media_type: 'image',
      metadata: { order: 7 },
      usable_until_assumed: false,
    });
    const id = String(record?.detect_task_id);
    const face = '0=https://media.example/me.jpg';
    const swap = await run(['swap-request', id, '--face', face]);
    expect(swap.code).toBe(0);
    expect(JSON.parse(swap.stdout)).toMatchObject({
      model: 'image-face-swap-multi',
      input: {
        detect_id: record?.detect_id,
        image_url: url,
        faces: [{ face_id: 0, target: 'https://media.example/me.jpg' }, { face_id: 1 }, {}, {}, {}],
        disable_safety_checker: false,
      },
    });
    const curl = await run(['swap-request', id, '--face', face, '--curl']);
    expect(curl.stdout).toMatch(/^curl -X POST '.+\/CreateTask' \\\n {2}-H "x-api-key: \$CRUN_API_KEY" \\/);
    expect(curl.stdout).not.toContain(machine.env['CRUN_API_KEY']);
    expect(await run(['swap-request', id, '--face', '9=https://media.example/me.jpg'])).toMatchObject({
      code: 1,
      stderr: `face 9: ${id} has no such face; it has 0, 1, 2, 3, 4\n`,
    });
    expect(await run(['swap-request', 'none'])).toMatchObject({ code: 4 });
  });

  it('uploads files, several at once, and says how far it is', async () => {
    const files = await Promise.all(
      ['one.png', 'two.jpg'].map(async (name) => {
        const file = path.join(machine.folder, name);
        await writeFile(file, name.repeat(100_000));
        return file;
      }),
    );
    const { code, stdout, stderr } = await run(['detect', ...files]);
    expect(code).toBe(0);
    expect(
      machine.simulator.uploads.map(({ contentType, bytes }) => `${contentType} ${bytes}`).toSorted(),
    ).toEqual(['image/jpeg 700000', 'image/png 700000']);
    expect(stderr).toMatch(/^uploading one\.png: 100 %$/m);
    expect(stderr).toMatch(/^submitted .*two\.jpg: [a-z0-9]{18}$/m);
    expect(stdout.match(/succeeded/g)).toHaveLength(2);
  });

  it('submits once for a key, also from another process, and heals what one left behind', async () => {
    const before = posts();
    const args = ['detect', 'https://media.example/a.jpg', '--idempotency-key', 'order-7', '--json'];
    const [first, again] = [await run(args), await machine.start(args).ended];
    expect(again.stdout).toBe(first.stdout);
    expect(posts() - before).toBe(1);
    const other = ['detect', 'https://media.example/b.jpg', '--idempotency-key', 'order-7'];
    expect(await run(other)).toMatchObject({
      code: 1,
      stderr: 'media_url: this idempotency_key was used with another value; take a new key to submit anew\n',
    });
  });

  it.each([
    ['submit-422', 1, /with code 422: validation error; nothing was created/],
    ['submit-404', 1, /with code 404: not found; nothing was created/],
    ['submit-402', 5, /with code 402: insufficient credits; nothing was created/],
    ['submit-429', 5, /with code 429: rate limited; nothing was created/],
    ['submit-lost', 6, /^Whether the provider created a task is not known/],
    ['submit-500', 6, /^Whether the provider created a task is not known/],
    ['sample-failing', 2, /^/],
  ])('exits by what became of it: %s', async (name, code, sentence) => {
    const ended = await run(['detect', `https://media.example/${name}.jpg`, '--json']);
    expect(ended).toMatchObject({ code, stderr: expect.stringMatching(sentence) as unknown });
  });

  it('is rejected before anything is submitted', async () => {
    const before = posts();
    const sentences = await Promise.all(
      [
        ['detect', 'https://media.example/a'],
        ['detect', 'https://media.example/a.mp4'],
        ['detect', 'missing.png'],
        ['detect', 'ftp://media.example/a.jpg'],
        ['detect', 'file:/etc/a.jpg'],
        ['detect', ' data:image/png;base64,AAAA'],
        ['start', ' https://media.example/a.jpg'],
        ['detect', 'https://media.example/a.jpg', '--idempotency-key', 'a b'],
        ['detect', 'a.jpg', 'b.jpg', '--idempotency-key', 'a'],
        ['swap-request', 'a', '--face', 'me.jpg'],
      ].map(async (args) => {
        const { code, stderr } = await run(args);
        return `${code} ${stderr.slice(0, 60)}`;
      }),
    );
    expect(sentences).toEqual(
      [
        '1 media_type: must be given, because the path of media_url ends wi',
        "1 media_type: video and GIF are off, because the provider's call f",
        '1 missing.png: cannot be read (ENOENT)\n',
        ...['ftp', 'file', 'data'].map(
          () => '1 media_url: must be an http or https URL without user name or passw',
        ),
        '1 detect_task_id: must be the id of a submitted task, not a URL; s',
        '1 idempotency_key: must be 1 to 64 letters, digits, "-" or "_"\n',
        '1 --idempotency-key: names one submission; give each of several me',
        '1 --face: must be the id of a face, "=" and a URL, such as 0=https:',
      ].map((line) => line.slice(0, 62)),
    );
    expect(posts()).toBe(before);
  });

  it('takes a video where that is switched on', async () => {
    const env = { CRUN_EXPERIMENTAL_VIDEO: '1' };
    const ended = await run(['detect', 'https://media.example/sample-gif.gif', '--json'], { env });
    expect(ended.records()).toMatchObject([{ media_type: 'gif', face_count: 2 }]);
    expect(machine.simulator.created.at(-1)).toMatchObject({ call: 'video' });
  });
});
