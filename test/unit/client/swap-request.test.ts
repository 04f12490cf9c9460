import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { toIndentedJson } from '../../../client/safe-text.ts';
import { swapCommand, swapRequest } from '../../../client/swap-request.ts';
import { UserError } from '../../../client/user-error.ts';
import imageExample from './fixtures/image-face-swap-multi.json' with { type: 'json' };
import videoExample from './fixtures/video-face-swap-multi.json' with { type: 'json' };

const usable_until = '2026-11-28T12:00:00.000Z';
const now = () => Date.parse(usable_until) - 1;
const detection = {
  detect_task_id: 'dit60yt8reqplt1c16' as never,
  status: 'succeeded' as const,
  detect_id: 'm1oZzqYp9dN',
  media_url: 'https://example.com/group.jpg',
  usable_until,
  faces: [0, 1].map((id) => ({ id, link: `https://example.com/detected-face-${id}.jpg` })),
};
const targets = { 0: 'https://example.com/me.jpg' };

describe('the request of a swap', () => {
  it('of an image is the documented body; faces without a target keep their own picture', () => {
    expect(swapRequest(detection, targets, { now })).toEqual(imageExample);
  });

  it.each([
    [{ media_url: 'https://example.com/group.mp4' }],
    [{ media_url: 'https://example.com/group.mp4', media_type: 'gif' as const }],
  ])('of a video or a GIF is the same with its own model and field: %o', (media) => {
    expect(swapRequest({ ...detection, ...media }, targets, { now })).toEqual(videoExample);
  });

  it('goes by the kind on the record where the ending says nothing', () => {
    const media = { media_url: 'https://example.com/group', media_type: 'image' as const };
    expect(swapRequest({ ...detection, ...media }, {}, { now })).toMatchObject({
      model: 'image-face-swap-multi',
      input: { image_url: 'https://example.com/group' },
    });
  });
});

describe('no request is made', () => {
  const id = 'dit60yt8reqplt1c16';
  it.each([
    [{ status: 'failed' }, {}, `${id}: is failed; only the faces of a succeeded detection can be swapped`],
    [
      { status: 'processing', detect_id: undefined },
      {},
      `${id}: is processing; only the faces of a succeeded detection can be swapped`,
    ],
    [
      { media_url: undefined },
      {},
      `${id}: its media_url is not known; start or detect it with one, because the swap must name the same media`,
    ],
    [
      { media_url: 'https://example.com/group' },
      {},
      `${id}: whether its media is an image or a video is not known; start it with media_type`,
    ],
    [{ faces: [] }, {}, `${id}: no face was detected, so there is nothing to swap`],
    [{}, { 7: 'https://example.com/me.jpg' }, `face 7: ${id} has no such face; it has 0, 1`],
    [{}, { 1: 'me.jpg' }, 'face 1: its target must be an http or https URL'],
    [{}, { 1: 'javascript:alert(1)' }, 'face 1: its target must be an http or https URL'],
  ])('for %o with %o', (changes, given, sentence) => {
    expect(() => swapRequest({ ...detection, ...changes } as typeof detection, given, { now })).toThrow(
      new UserError('invalid-input', sentence),
    );
  });

  it('once the detection has expired, unless it is wanted anyway', () => {
    const late = { now: () => Date.parse(usable_until) };
    expect(() => swapRequest(detection, targets, late)).toThrow(
      `${id}: its detect_id was usable until ${usable_until}; detect the media again, or insist with anyway`,
    );
    expect(swapRequest(detection, targets, { ...late, anyway: true })).toEqual(imageExample);
  });

  it('of many faces names some', () => {
    const faces = Array.from({ length: 30 }, (_, face) => ({ id: face, link: 'https://example.com/a.jpg' }));
    expect(() => swapRequest({ ...detection, faces }, { 99: 'https://example.com/' }, { now })).toThrow(
      /18, 19 and 10 more$/,
    );
  });
});

describe('the command', () => {
  it('shows no character that steers a terminal, in either form', () => {
    const media_url = 'https://example.com/\u009B2J\u202E\u007F.jpg';
    const request = swapRequest({ ...detection, media_url }, targets, { now });
    for (const text of [swapCommand(request), toIndentedJson(request)])
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(toIndentedJson(request))).toEqual(request);
  });

  it('is one for a shell, which reads the key from the environment and quotes everything else', () => {
    const hostile = "https://example.com/it's $(date) `id`.jpg";
    const request = swapRequest({ ...detection, media_url: hostile }, targets, { now });
    const command = swapCommand(request);
    expect(command).toContain(`-H "x-api-key: $CRUN_API_KEY"`);
    const printing = `curl() { printf '%s\\n' "$@"; }\n${command}`;
    const lines = execFileSync('sh', ['-c', printing], { env: { CRUN_API_KEY: 'k' } })
      .toString()
      .split('\n');
    expect(lines.slice(0, 7)).toEqual([
      '-X',
      'POST',
      'https://api.crun.ai/api/v1/client/job/CreateTask',
      '-H',
      'x-api-key: k',
      '-H',
      'content-type: application/json',
    ]);
    expect(JSON.parse(lines[8] ?? '')).toEqual(request);
  });
});
