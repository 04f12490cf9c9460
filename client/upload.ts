/** A file of this machine becomes media at the provider: one PUT to a presigned address, with progress. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';

import type { PreparedUpload, UploadKind } from '../functions/crun/upload.ts';
import { knownEndings, mediaKindOf } from '../functions/detection/media-type.ts';
import type { MediaType } from '../functions/detection/types.ts';
import { requestChecked } from './checked-request.ts';
import { UserError } from './user-error.ts';

/** A path, or bytes under a name whose ending tells what they are. */
export type MediaFile = string | { name: string; bytes: Uint8Array };

export interface UploadOptions {
  /**
   * Is called while a file is uploaded.
   *
   * @default - nothing
   * @example (sentBytes, totalBytes) => console.log(sentBytes / totalBytes)
   */
  onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
  /**
   * Ends the upload; nothing is submitted.
   *
   * @default - uploads to the end
   * @example AbortSignal.timeout(60_000)
   */
  signal?: AbortSignal | undefined;
}

export interface Uploaded {
  media_url: string;
  media_sha256: string;
  media_type: MediaType;
}

export const maxFileBytes = 100 * 1_024 * 1_024;
/** Without a byte for so long the upload is given up. */
const idleMs = 30_000;

export async function uploadFile(
  file: MediaFile,
  prepare: (kind: UploadKind) => Promise<PreparedUpload>,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const name = path.basename(typeof file === 'string' ? file : file.name);
  const kind = mediaKindOf(name);
  if (kind === undefined)
    throw new UserError(
      'invalid-input',
      `${name}: must end with one of ${knownEndings.map((known) => `.${known}`).join(', ')}`,
    );
  const totalBytes = await sizeOf(file, name);
  if (totalBytes === 0 || totalBytes > maxFileBytes)
    throw new UserError('invalid-input', `${name}: must have 1 byte to ${maxFileBytes / 1_024 / 1_024} MB`);
  const { mediaType: media_type, contentType: content_type, ending: ext } = kind;
  const media_sha256 = await digestOf(file);
  const { presigned_url, file_url: media_url } = await prepare({ content_type, ext });
  const status = await put(presigned_url, { file, name, content_type, totalBytes, ...options });
  if (status >= 200 && status < 300) return { media_url, media_sha256, media_type };
  throw new UserError(
    'infrastructure',
    `${name}: the upload was answered with HTTP ${status}; nothing was submitted`,
  );
}

const bytesOf = (file: MediaFile): Readable =>
  typeof file === 'string' ? createReadStream(file) : Readable.from([file.bytes]);

async function sizeOf(file: MediaFile, name: string): Promise<number> {
  if (typeof file !== 'string') return file.bytes.byteLength;
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new UserError('invalid-input', `${name}: cannot be read (${code})`, { cause: error });
  }
  throw new UserError('invalid-input', `${name}: must be a file`);
}

async function digestOf(file: MediaFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytesOf(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

interface Put extends UploadOptions {
  file: MediaFile;
  name: string;
  content_type: string;
  totalBytes: number;
}

/** The HTTP status. The address stands in no message: everyone who has it can write there. */
function put(
  url: string,
  { file, name, content_type, totalBytes, onProgress, signal }: Put,
): Promise<number> {
  const headers = { 'content-type': content_type, 'content-length': totalBytes };
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(
        signal?.aborted
          ? (signal.reason as Error)
          : new UserError(
              'infrastructure',
              `${name}: the upload failed (${error.code ?? error.name}); nothing was submitted`,
            ),
      );
    const request = requestChecked(url, {
      method: 'PUT',
      headers,
      timeout: idleMs,
      ...(signal && { signal }),
    });
    request.on('error', fail);
    request.on('timeout', () => request.destroy(Object.assign(new Error('idle'), { code: 'ETIMEDOUT' })));
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    let sentBytes = 0;
    const source = bytesOf(file);
    source.on('data', (chunk: Buffer) => onProgress?.((sentBytes += chunk.length), totalBytes));
    source.on('error', (error) => request.destroy(error));
    source.pipe(request);
  });
}
