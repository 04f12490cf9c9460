/** Files at the provider: a presigned address takes the bytes once, with the content type that it was made for. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import * as z from 'zod/mini';

import type { FieldError } from './envelope.ts';

export interface Upload {
  fileUrl: string;
  contentType: string;
  /** Absent until the bytes have come. */
  bytes?: number;
}

const Parameters = z.object({
  content_type: z.string('is required').check(z.regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type')),
  ext: z.string('is required').check(z.regex(/^\.\w{1,10}$/, 'must be like .png')),
});

const folder = '/uploads/';

export function createUploads(origin: () => string) {
  const uploads = new Map<string, Upload & { signature: string }>();

  return {
    all: (): readonly Upload[] => [...uploads.values()],

    isUploadPath: (path: string): boolean => path.startsWith(folder),

    /** What the provider answers with, or what is wrong with the question. */
    prepare(query: URLSearchParams): { presigned_url: string; file_url: string } | FieldError[] {
      const parsed = Parameters.safeParse(Object.fromEntries(query));
      if (!parsed.success)
        return parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
      const { content_type: contentType, ext } = parsed.data;
      const path = `${folder}${randomUUID()}${ext}`;
      const fileUrl = `${origin()}${path}`;
      const signature = `?signature=${randomUUID()}`;
      uploads.set(path, { fileUrl, contentType, signature });
      return { presigned_url: `${fileUrl}${signature}`, file_url: fileUrl };
    },

    /** The HTTP status: a store rejects another content type by the signature. */
    async take({ pathname, search }: URL, request: IncomingMessage): Promise<200 | 403> {
      let bytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.byteLength;
      const upload = uploads.get(pathname);
      if (upload?.signature !== search || upload.contentType !== request.headers['content-type']) return 403;
      upload.bytes = bytes;
      return 200;
    },

    /** Whether a media URL is an address here to which nothing was uploaded. */
    isMissing(mediaUrl: string): boolean {
      const { origin: given, pathname } = new URL(mediaUrl);
      const isHere = given === origin() && pathname.startsWith(folder);
      return isHere && uploads.get(pathname)?.bytes === undefined;
    },
  };
}
export type Uploads = ReturnType<typeof createUploads>;
