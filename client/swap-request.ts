/** The request of a multi-face swap, as the provider documents it. Pure: nothing is sent. */
import { endpoints, endpointUrl, crunBaseUrl } from '../functions/crun/endpoints.ts';
import type { Detection } from '../functions/detection/fields.ts';
import { mediaTypeOfUrl } from '../functions/detection/media-type.ts';
import type { MediaType } from '../functions/detection/types.ts';
import { toJson } from './safe-text.ts';
import { UserError } from './user-error.ts';

export interface SwapOptions {
  /** Also after `usable_until`, when the provider may no longer know the detection. */
  anyway?: boolean | undefined;
  now?: (() => number) | undefined;
}

/** The body of CreateTask. */
export interface SwapRequest {
  model: 'image-face-swap-multi' | 'video-face-swap-multi';
  input: {
    detect_id: string;
    image_url?: string;
    video_url?: string;
    faces: { face_id: number; target: string }[];
    disable_safety_checker: false;
  };
}

/** By face id: the address of the image that takes its place. */
export type SwapTargets = Readonly<Record<number, string>>;

type SwapSource = Pick<
  Detection,
  'detect_task_id' | 'status' | 'detect_id' | 'faces' | 'media_url' | 'media_type' | 'usable_until'
>;

/** GIFs are detected by the call for videos. */
const models = {
  image: { model: 'image-face-swap-multi', field: 'image_url' },
  gif: { model: 'video-face-swap-multi', field: 'video_url' },
  video: { model: 'video-face-swap-multi', field: 'video_url' },
} as const satisfies Record<MediaType, { model: SwapRequest['model']; field: 'image_url' | 'video_url' }>;

/** Faces without a target keep their own picture. Throws a `UserError` of one sentence for what cannot be swapped. */
export function swapRequest(
  detection: SwapSource,
  targets: SwapTargets,
  { anyway = false, now = Date.now }: SwapOptions = {},
): SwapRequest {
  const { detect_task_id: id, status, detect_id, faces = [], media_url, usable_until } = detection;
  if (status !== 'succeeded' || detect_id === undefined)
    throw refusal(`${id}: is ${status}; only the faces of a succeeded detection can be swapped`);
  if (media_url === undefined)
    throw refusal(
      `${id}: its media_url is not known; start or detect it with one, because the swap must name the same media`,
    );
  const mediaType = detection.media_type ?? mediaTypeOfUrl(media_url);
  if (mediaType === undefined)
    throw refusal(`${id}: whether its media is an image or a video is not known; start it with media_type`);
  if (faces.length === 0) throw refusal(`${id}: no face was detected, so there is nothing to swap`);
  const known = new Set(faces.map((face) => face.id));
  for (const [face, target] of Object.entries(targets)) {
    if (!known.has(Number(face)))
      throw refusal(`face ${face}: ${id} has no such face; it has ${listOf([...known])}`);
    if (!isUrl(target)) throw refusal(`face ${face}: its target must be an http or https URL`);
  }
  if (!anyway && now() >= Date.parse(usable_until))
    throw refusal(
      `${id}: its detect_id was usable until ${usable_until}; detect the media again, or insist with anyway`,
    );
  const { model, field } = models[mediaType];
  return {
    model,
    input: {
      detect_id,
      [field]: media_url,
      faces: faces.map((face) => ({ face_id: face.id, target: targets[face.id] ?? face.link })),
      disable_safety_checker: false,
    },
  };
}

const refusal = (sentence: string): UserError => new UserError('invalid-input', sentence);

const isUrl = (text: string): boolean => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? '');

const maxListed = 20;
const listOf = (ids: readonly number[]): string =>
  ids.length > maxListed
    ? `${ids.slice(0, maxListed).join(', ')} and ${ids.length - maxListed} more`
    : ids.join(', ');

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A command for a POSIX shell. The key stays in the environment, and out of the shell's history. */
export function swapCommand(request: SwapRequest, baseUrl: string = crunBaseUrl): string {
  return [
    `curl -X POST ${quoted(endpointUrl(baseUrl, endpoints.createTask).href)}`,
    `-H "x-api-key: $CRUN_API_KEY"`,
    `-H 'content-type: application/json'`,
    `-d ${quoted(toJson(request))}`,
  ].join(' \\\n  ');
}
