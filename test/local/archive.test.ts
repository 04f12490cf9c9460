/** One machine that keeps the pictures of the simulator's faces, from the settings to the readers. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { openLocalStack } from '../../local/stack.ts';
import { useMachine } from '../support/one-machine.ts';
import { httpServer } from '../support/servers.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('one machine with an archive', { timeout: 60_000 }, () => {
  const machine = useMachine();
  const env = { FACE_POLLER_ARCHIVE: '1' };
  const filesIn = async (id: string): Promise<string[]> =>
    readdir(path.join(machine.dataFolder, 'faces', id, '1')).catch(() => []);

  it('keeps the faces of what it polls, lists and saves them, and forgets them', async () => {
    machine.simulator.submit([{ step: 'succeeded', faces: 3 }], 'kept');
    const started = await machine.run(['start', 'kept', '--wait', '--json'], { env });
    expect(started.code).toBe(0);
    const [record] = (await machine.run(['get', 'kept', '--json'])).records();
    expect(record).toMatchObject({ status: 'succeeded', archive: { state: 'complete', faces: 3 } });
    expect(await filesIn('kept')).toHaveLength(4);

    const out = path.join(machine.folder, 'saved');
    const listed = await machine.run(['faces', 'kept', '--out', out, '--json']);
    const images = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; sha256: string; saved: string; width: number });
    expect(images.map(({ id }) => id)).toEqual([0, 1, 2]);
    for (const image of images) {
      expect(sha256(await readFile(image.saved))).toBe(image.sha256);
      expect(image.width).toBe(160);
    }
    expect((await machine.run(['faces', 'kept'])).stdout.trim().split('\n')).toHaveLength(3);

    await machine.run(['forget', 'kept']);
    expect(await filesIn('kept')).toEqual([]);
    expect(await machine.run(['faces', 'kept'])).toMatchObject({
      code: 4,
      stderr: 'kept: there is no record of this task\n',
    });
  });

  it('saves every picture beside the others, and replaces no other file', async () => {
    const begin = (id: string, faces: number | { id: number; link: string }[]) => {
      machine.simulator.submit([{ step: 'succeeded', faces }], id);
      return machine.run(['start', id, '--wait', '--json'], { env });
    };
    const [one] = (await begin('one', 2)).records();
    const [first, second] = (one?.['faces'] ?? []) as { id: number; link: string }[];
    const twice = [first, second].map((face) => ({ id: 0, link: face?.link ?? '' }));
    await begin('twice', twice);

    const out = path.join(machine.folder, 'beside');
    for (const _ of ['saved', 'kept'])
      expect(await machine.run(['faces', 'one', '--out', out])).toMatchObject({ code: 0 });
    expect(await readdir(out)).toEqual(['0.png', '1.png']);
    const doubled = path.join(machine.folder, 'doubled');
    expect(await machine.run(['faces', 'twice', '--out', doubled])).toMatchObject({ code: 0 });
    for (const [name, as] of [
      ['0.png', '0.png'],
      ['0-2.png', '1.png'],
    ] as const)
      expect(await readFile(path.join(doubled, name))).toEqual(await readFile(path.join(out, as)));

    const file = path.join(out, '0.png');
    await writeFile(file, 'of somebody');
    expect(await machine.run(['faces', 'one', '--out', out])).toMatchObject({
      code: 1,
      stderr: `--out: ${file} is another file; name another folder\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('of somebody');
  });

  it('keeps nothing unless it is asked to', async () => {
    machine.simulator.submit([{ step: 'succeeded', faces: 1 }], 'plain');
    const { code } = await machine.run(['start', 'plain', '--wait']);
    expect(code).toBe(0);
    expect(await filesIn('plain')).toEqual([]);
    expect(await machine.run(['faces', 'plain'])).toMatchObject({
      code: 4,
      stderr: 'plain: no picture is archived\n',
    });
  });

  it('copies nothing from another server of this machine', async () => {
    await using other = await httpServer((_request, response) => void response.end());
    const faces = [{ id: 0, link: `${other.baseUrl}/0.png` }];
    machine.simulator.submit([{ step: 'succeeded', faces }], 'hostile');
    expect(await machine.run(['start', 'hostile', '--wait'], { env })).toMatchObject({ code: 0 });
    const [record] = (await machine.run(['get', 'hostile', '--json'])).records();
    expect(record).toMatchObject({
      status: 'succeeded',
      faces,
      archive: { state: 'failed', faults: [{ id: 0, reason: 'blocked-url' }] },
    });
    expect(other.connections).toBe(0);
  });

  it('refuses a switch that is neither on nor off', async () => {
    expect(await machine.run(['start', 'kept'], { env: { FACE_POLLER_ARCHIVE: 'yes' } })).toMatchObject({
      code: 1,
      stderr: 'FACE_POLLER_ARCHIVE: must be 1 or 0\n',
    });
  });

  it('gives a program the files', async () => {
    machine.simulator.submit([{ step: 'succeeded', faces: 1 }], 'program');
    await machine.run(['start', 'program', '--wait'], { env });
    const stack = await openLocalStack({ dataFolder: machine.dataFolder, provider: { kind: 'none' } });
    const [image] = (await stack.client.faceImages('program')) ?? [];
    if (image === undefined || !('file' in image)) throw new Error('a picture is archived');
    expect(sha256(await readFile(image.file))).toBe(image.sha256);
    const answered = await stack.api.images?.one('program' as never, 1);
    expect(answered).toBeUndefined();
    await stack.close();
  });
});
