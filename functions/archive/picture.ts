/** What the bytes of a picture say about it, whatever its server calls them. */
import { imageSize } from 'image-size';

export interface Picture {
  extension: string;
  contentType: string;
  width: number;
  height: number;
}

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

interface Format {
  extension: string;
  contentType: string;
  matches: (bytes: Uint8Array) => boolean;
  /** Where the size stands: in the first so many bytes. */
  headBytes?: number;
}

/** By their first bytes. Markup is none of them: an SVG can hold script. */
const formats: readonly Format[] = [
  {
    extension: 'jpg',
    contentType: 'image/jpeg',
    matches: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  },
  {
    extension: 'png',
    contentType: 'image/png',
    matches: (bytes) => ascii(bytes, 0, 8) === '\u0089PNG\r\n\u001A\n',
  },
  {
    extension: 'webp',
    contentType: 'image/webp',
    matches: (bytes) => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP',
  },
  {
    extension: 'gif',
    contentType: 'image/gif',
    matches: (bytes) => ['GIF87a', 'GIF89a'].includes(ascii(bytes, 0, 6)),
  },
  {
    extension: 'avif',
    contentType: 'image/avif',
    matches: (bytes) => ascii(bytes, 4, 8) === 'ftyp' && ['avif', 'avis'].includes(ascii(bytes, 8, 12)),
    // The library's time grows with the square of the number of boxes.
    headBytes: 64 * 1_024,
  },
];

export const formatOf = (bytes: Uint8Array): Format | undefined =>
  formats.find(({ matches }) => matches(bytes));

/** Nothing for what is not a picture of these formats, or is too damaged to have a size. */
export function pictureOf(bytes: Uint8Array): Picture | undefined {
  const format = formatOf(bytes);
  if (format === undefined) return undefined;
  const { extension, contentType, headBytes } = format;
  try {
    // A copy, because the library reads on in the memory behind the bytes.
    const { width, height } = imageSize(new Uint8Array(bytes.subarray(0, headBytes)));
    return width > 0 && height > 0 ? { extension, contentType, width, height } : undefined;
  } catch {
    return undefined;
  }
}
