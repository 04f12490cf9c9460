/** Pictures that pass through the console's server: what they are is decided by their first bytes, never by a header. */
import { getChecked } from '../client/checked-request.ts';
import { problemAnswer } from '../functions/api/message.ts';
import { maxPictureBytes } from '../functions/archive/get.ts';
import { formatOf } from '../functions/archive/picture.ts';
import type { Reply } from './loopback-server.ts';

const timeoutMs = 10_000;

const gone = (detail: string): Reply => problemAnswer({ status: 404, detail });

/** A redirect is not followed: it may lead anywhere. */
export async function fetchPicture(url: URL): Promise<Reply> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { status, body } = await getChecked(url.href, { maxBytes: maxPictureBytes, signal });
    const bytes = status === 200 ? body : undefined;
    return bytes === undefined ? gone('There is no picture here.') : pictureReply(bytes);
  } catch {
    return gone('The picture cannot be fetched.');
  }
}

export function pictureReply(bytes: Buffer): Reply {
  const type = formatOf(bytes)?.contentType;
  if (type === undefined) return gone('This is not a picture.');
  return { status: 200, headers: { 'content-type': type, 'content-disposition': 'inline' }, body: bytes };
}
