/** Copies a run of faces into the store, eight at a time. */
import { createHash } from 'node:crypto';

import type { Clock } from '../clock.ts';
import type { Face } from '../detection/types.ts';
import type { FetchLink } from './fetch-link.ts';
import type { Got, LinkFault } from './get.ts';
import type { ManifestEntry } from './manifest.ts';
import { pictureOf } from './picture.ts';
import { parallel, runMs } from './policy.ts';
import type { keysOf, PictureStore } from './store.ts';

const maxFacesInRun = 500;
/** A server that fails is asked once more; one that is slow has had its time. */
const passing = (fault: LinkFault): boolean =>
  ['reset', 'cut', 'dns', 'http-429'].includes(fault) || fault.startsWith('http-5');
const repeatAfterMs = 1_000;

export interface CopyDeps {
  fetchLink: FetchLink;
  store: Pick<PictureStore, 'put'>;
  clock: Clock;
}

/** What became of the faces from one place to before `next`. */
export interface Run {
  entries: ManifestEntry[];
  faults: { id: number; reason: LinkFault }[];
  next: number;
}

/** Our time for writing is over: another invocation may be at work, or the record forgotten. */
export class ClaimExpiredError extends Error {
  override readonly name = 'ClaimExpiredError';

  constructor() {
    super('the time for writing pictures is over');
  }
}

/** `writesUntilMs`: nothing is written later. A store that fails is our own fault, and thrown. */
export async function copyFaces(
  { fetchLink, store, clock }: CopyDeps,
  faces: readonly Face[],
  from: number,
  at: { keys: ReturnType<typeof keysOf>; writesUntilMs: number },
): Promise<Run> {
  const beginsUntilMs = clock.now() + runMs;
  const results: (ManifestEntry | { id: number; reason: LinkFault })[] = [];
  let next = from;

  async function fetchTwice(link: string): Promise<Got> {
    const got = await fetchLink(link);
    if (!('fault' in got) || !passing(got.fault)) return got;
    await clock.sleep(repeatAfterMs);
    return fetchLink(link);
  }

  async function copy({ id, link }: Face): Promise<(typeof results)[number]> {
    const got = await fetchTwice(link);
    if ('fault' in got) return { id, reason: got.fault };
    const { bytes } = got;
    const picture = pictureOf(bytes);
    if (picture === undefined) return { id, reason: 'not-a-picture' };
    const { extension, contentType: content_type, width, height } = picture;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = at.keys.picture(id, sha256, extension);
    if (clock.now() >= at.writesUntilMs) throw new ClaimExpiredError();
    await store.put(key, bytes, content_type);
    return { id, key, sha256, bytes: bytes.length, content_type, width, height };
  }

  async function work(): Promise<void> {
    for (;;) {
      const place = next;
      const face = faces[place];
      if (face === undefined || place - from >= maxFacesInRun || clock.now() > beginsUntilMs) return;
      next += 1;
      results[place - from] = await copy(face);
    }
  }

  // All of them end before this does: nothing is written behind the back of a failed run.
  const ends = await Promise.allSettled(Array.from({ length: parallel }, work));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return {
    entries: results.filter((result) => 'key' in result),
    faults: results.filter((result) => 'reason' in result),
    next,
  };
}
