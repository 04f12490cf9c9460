/** Tasks that every simulator knows without a submission, so that a person without a key can try things. */
import type { Script } from './script.ts';

const samples = {
  'sample-image': [
    { step: 'after', ms: 1_500 },
    { step: 'succeeded', faces: 1 },
  ],
  'sample-group': [
    { step: 'after', ms: 2_500 },
    { step: 'succeeded', faces: 5 },
  ],
  'sample-gif': [
    { step: 'after', ms: 4_000 },
    { step: 'succeeded', faces: 2 },
  ],
  'sample-video': [
    { step: 'after', ms: 8_000 },
    { step: 'succeeded', faces: 3 },
  ],
  'sample-failing': [
    { step: 'after', ms: 2_000 },
    { step: 'failed', error: 'The media could not be decoded: no face could be read from it.' },
  ],
  'sample-throttled': [
    { step: 'code', code: 429, httpStatus: 429, retryAfter: '2' },
    { step: 'succeeded', faces: 1 },
  ],
} as const satisfies Record<string, Script>;

export type SampleId = keyof typeof samples;
export const isSampleId = (name: string): name is SampleId => Object.hasOwn(samples, name);
export const sampleIds: readonly SampleId[] = Object.keys(samples).filter(isSampleId);
export const sampleScript = (id: SampleId): Script => samples[id];

/**
 * What a submission without a script is like: the sample that the media's file name names (`…/sample-group.jpg`), else
 * the one for its kind.
 */
export function sampleForMedia(kind: 'image' | 'video', mediaUrl: string): SampleId {
  const [, name = '', extension] = /([^/]*?)(?:\.(\w+))?$/.exec(new URL(mediaUrl).pathname) ?? [];
  if (isSampleId(name)) return name;
  if (kind === 'image') return 'sample-image';
  return extension?.toLowerCase() === 'gif' ? 'sample-gif' : 'sample-video';
}
