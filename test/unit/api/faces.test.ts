/** The archived pictures of faces over HTTP: an address at AWS, the picture itself on one machine. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { FaceImage, Images } from '../../../functions/archive/images.ts';
import { faceIdRule } from '../../../functions/detection/face-id.ts';
import { apisOn } from '../../support/apis.ts';
import { temporaryFolder } from '../../support/cli.ts';
import { pictures } from '../../support/pictures.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const entry = { id: 0, sha256: 'f'.repeat(64), bytes: 9, content_type: 'image/png', width: 3, height: 2 };
const url = 'https://bucket.example/faces/task/1/0-ffffffffffffffff.png?X-Amz-Signature=secret';

/** Of the task `task`, faces 0 and 9007199254740991. */
const imagesAt = (where: { url: string } | { file: string }): Images => ({
  list: async () => undefined,
  async one(detectTaskId, faceId) {
    const isKept = detectTaskId === 'task' && [0, 9007199254740991].includes(faceId);
    return isKept ? ({ ...entry, id: faceId, ...where } satisfies FaceImage) : undefined;
  },
});

const absent = {
  status: 404,
  headers: { 'content-type': 'application/problem+json' },
  body: { detail: 'There is no archived picture of this face.' },
};

describe('GET /detections/{id}/faces/{face_id}', () => {
  it.each(['0', '9007199254740991'])(
    'redirects to the picture of face %s, and no cache keeps that',
    async (face) => {
      const { ask } = apisOn(table, { images: imagesAt({ url }) });
      expect(await ask(`GET /detections/task/faces/${face}`)).toMatchObject({
        status: 302,
        headers: { location: url, 'cache-control': 'no-store' },
      });
    },
  );

  it.each(['task/faces/1', 'task/faces/7', 'other/faces/0'])('finds none of %s', async (path_) => {
    const { ask } = apisOn(table, { images: imagesAt({ url }) });
    expect(await ask(`GET /detections/${path_}`)).toMatchObject(absent);
  });

  it('finds none without an archive', async () => {
    expect(await apisOn(table).ask('GET /detections/task/faces/0')).toMatchObject(absent);
  });

  it.each(['x', '0.5', '1e3', '0x1', '00', '-1', '9007199254740992', '%30', '--1'])(
    'names the rule that the face %j breaks',
    async (face) => {
      const { ask, logged } = apisOn(table, { images: imagesAt({ url }) });
      const answer = await ask(`GET /detections/task/faces/${face}`);
      expect(answer).toMatchObject({
        status: 400,
        body: { field: 'face_id', detail: `face_id: ${faceIdRule}` },
      });
      expect(logged).toEqual([]);
    },
  );

  it('is read only', async () => {
    const { ask } = apisOn(table, { images: imagesAt({ url }) });
    expect(await ask('DELETE /detections/task/faces/0')).toMatchObject({ status: 405 });
  });

  it('is the picture itself on one machine, and none once it is deleted', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, '0.png');
    const { answer } = apisOn(table, { images: imagesAt({ file }) });
    const asked = { method: 'GET', path: '/detections/task/faces/0', query: '', headers: {} };
    const get = () => answer({ ...asked, body: new Uint8Array() });
    // The manifest still names it.
    expect(await get()).toMatchObject({ status: 404 });
    await writeFile(file, pictures.png);
    const answered = await get();
    expect(answered).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'image/png',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    });
    expect(answered.bytes).toEqual(pictures.png);
  });
});
