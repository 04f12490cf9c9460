/** What kind of media a URL or a file is, by the ending of its name, and how it is sent. */
import type { MediaType } from './types.ts';

const endings: Record<string, { mediaType: MediaType; contentType: string }> = {
  jpg: { mediaType: 'image', contentType: 'image/jpeg' },
  jpeg: { mediaType: 'image', contentType: 'image/jpeg' },
  png: { mediaType: 'image', contentType: 'image/png' },
  webp: { mediaType: 'image', contentType: 'image/webp' },
  avif: { mediaType: 'image', contentType: 'image/avif' },
  bmp: { mediaType: 'image', contentType: 'image/bmp' },
  gif: { mediaType: 'gif', contentType: 'image/gif' },
  mp4: { mediaType: 'video', contentType: 'video/mp4' },
  m4v: { mediaType: 'video', contentType: 'video/x-m4v' },
  mov: { mediaType: 'video', contentType: 'video/quicktime' },
  webm: { mediaType: 'video', contentType: 'video/webm' },
};
export const knownEndings = Object.keys(endings);

export interface MediaKind {
  mediaType: MediaType;
  /** For an upload. */
  contentType: string;
  /** With the dot. */
  ending: string;
}

/** Nothing for a name without a known ending. */
export function mediaKindOf(path: string): MediaKind | undefined {
  const ending = /\.([A-Za-z0-9]{1,5})$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const known = Object.hasOwn(endings, ending) ? endings[ending] : undefined;
  return known && { ...known, ending: `.${ending}` };
}

/** By the path alone: a query says nothing about the media. */
export const mediaTypeOfUrl = (url: string): MediaType | undefined =>
  mediaKindOf(URL.parse(url)?.pathname ?? '')?.mediaType;
