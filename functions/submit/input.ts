/** The input of a submission, and its checks. */
import * as z from 'zod/mini';

import { anObject, callersPart, HttpUrl } from '../detection/input.ts';
import { knownEndings, mediaTypeOfUrl } from '../detection/media-type.ts';
import type { MediaType } from '../detection/types.ts';

/** What is to be submitted, and then polled. Unknown fields are rejected. */
export const DetectInput = z.strictObject(
  {
    media_url: HttpUrl,
    /** Of an uploaded file: tells by its content, in place of the URL, whether a key is used for the same media. */
    media_sha256: z.optional(
      z.string('must be a string').check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')),
    ),
    idempotency_key: z.optional(
      z
        .string('must be a string')
        .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"')),
    ),
    ...callersPart,
  },
  anObject,
);
export type DetectInput = z.infer<typeof DetectInput>;

/** As given, or by the ending of the URL's path; a rule where neither says it. */
export function mediaTypeOf(input: DetectInput): { mediaType: MediaType } | { rule: string } {
  const mediaType = input.media_type ?? mediaTypeOfUrl(input.media_url);
  if (mediaType !== undefined) return { mediaType };
  const endings = knownEndings.map((ending) => `.${ending}`).join(', ');
  return { rule: `must be given, because the path of media_url ends with none of ${endings}` };
}
