/** One rule for a face's id: what the provider may give, every door takes, and nothing else. */
import { describe, expect, it } from 'vitest';

import { swapRequest } from '../../../client/swap-request.ts';
import { FaceId, faceIdOf, FaceIdText } from '../../../functions/detection/face-id.ts';
import { FaceSchema } from '../../../functions/detection/fields.ts';
import { answered, classified, done, success } from '../../support/answers.ts';
import { taskId } from '../../support/records.ts';

const link = 'https://media.example/face.jpg';

/** As the reader of the provider's answer takes it. */
const isRead = (id: unknown): boolean =>
  classified(answered(success(done({ faces: [{ id, link }] })))).kind === 'succeeded';
const isSwapped = (id: number): boolean =>
  swapRequest(
    {
      detect_task_id: taskId('task'),
      status: 'succeeded',
      detect_id: 'd',
      faces: [{ id, link }],
      media_url: 'https://media.example/a.jpg',
      usable_until: '2100-01-01T00:00:00Z',
    },
    { [id]: link },
  ).input.faces[0]?.target === link;

describe("a face's id", () => {
  it.each([0, 9, 10, 999_999_999, 12_345_678_901, Number.MAX_SAFE_INTEGER])(
    'is read, kept, named in a path and swapped: %j',
    (id) => {
      for (const given of [id, String(id)]) expect([isRead(given), faceIdOf(given)]).toEqual([true, id]);
      expect(FaceId.safeParse(id).success && FaceSchema.safeParse({ id, link }).success).toBe(true);
      expect(FaceIdText.safeParse(String(id)).success && isSwapped(id)).toBe(true);
    },
  );

  it.each([
    -1,
    0.5,
    1e300,
    Number.MAX_SAFE_INTEGER + 1,
    '',
    '-1',
    '00',
    '1e3',
    '0x1',
    ' 1',
    '9007199254740992',
  ])('is none anywhere: %j', (id) => {
    expect([isRead(id), faceIdOf(id)]).toEqual([false, undefined]);
    expect([FaceId, FaceIdText].some((schema) => schema.safeParse(id).success)).toBe(false);
  });
});
