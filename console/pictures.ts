/** Where the picture of a face is found. */
import type { DetectionBody } from '../functions/api/answers.ts';
import { pathOf } from './api.ts';
import { facts } from './facts.ts';
import { webAddress } from './format.ts';

type Face = NonNullable<DetectionBody['faces']>[number];

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** In the order in which they are tried. */
export function picturesOf(detection: DetectionBody, face: Face): string[] {
  const { state } = detection.archive ?? {};
  const archived =
    state === 'complete' || state === 'partial'
      ? [`${pathOf(detection.detect_task_id)}/faces/${face.id}`]
      : [];
  return [...archived, ...linked(face.link)];
}

function linked(link: string): string[] {
  const url = webAddress(link);
  if (url === undefined) return [];
  // The simulator draws the same picture in every process; the one that the link names may have ended.
  if (facts.isSimulated && loopback.has(url.hostname)) return [`simulator${url.pathname}${url.search}`];
  return url.protocol === 'https:' ? [url.href] : [];
}
