/** Where archived pictures are: a bucket at AWS, a folder on one machine. */
import type { DetectTaskId } from '../detection/input.ts';

export interface PictureStore {
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /** Nothing where there is no such object. */
  read(key: string): Promise<Uint8Array | undefined>;
  delete(keys: readonly string[]): Promise<void>;
  /** Deletes all whose key begins with this, a folder's name and a slash. */
  deleteUnder(prefix: string): Promise<void>;
  /** Where a reader finds an object: a presigned address, or a file. */
  locate(key: string): Promise<{ url: string } | { file: string }>;
}

/** Everything that is archived of one attempt. */
const prefixOf = (detectTaskId: DetectTaskId, attempt: number): string => `faces/${detectTaskId}/${attempt}/`;

/** What is archived of one attempt. */
export function keysOf(detectTaskId: DetectTaskId, attempt: number) {
  const prefix = prefixOf(detectTaskId, attempt);
  return {
    manifest: `${prefix}manifest.json`,
    /** The entries of the faces from this place on, until the manifest is written. */
    part: (from: number): string => `${prefix}part-${from}.json`,
    /** The same bytes have the same key, however often they are archived. */
    picture: (faceId: number, sha256: string, extension: string): string =>
      `${prefix}${faceId}-${sha256.slice(0, 16)}.${extension}`,
  };
}

/** What forgetting a record needs of the store: a start may have begun the attempt after it meanwhile. */
export const deletePicturesIn =
  (store: Pick<PictureStore, 'deleteUnder'>) =>
  async (detectTaskId: DetectTaskId, lastAttempt: number): Promise<void> => {
    for (let attempt = 1; attempt <= lastAttempt; attempt++)
      await store.deleteUnder(prefixOf(detectTaskId, attempt));
  };
