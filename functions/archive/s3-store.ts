/** Pictures in a private bucket. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

import type { PictureStore } from './store.ts';

/** Long enough to open a page of faces, and short enough for an address that needs no further credentials. */
export const presignedSeconds = 15 * 60;
/** The most that S3 deletes in one request. */
const maxKeys = 1_000;

export function s3Store({ client, bucket: Bucket }: { client: S3Client; bucket: string }): PictureStore {
  async function deleteKeys(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += maxKeys) {
      const Objects = keys.slice(from, from + maxKeys).map((Key) => ({ Key }));
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
      );
      // The request succeeds even if some objects stay.
      if (Errors.length > 0)
        throw new Error(`the bucket kept ${Errors.length} objects: ${Errors[0]?.Code ?? 'no reason given'}`);
    }
  }

  return {
    async put(Key, Body, ContentType) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
    },
    async read(Key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    delete: deleteKeys,
    async deleteUnder(Prefix) {
      for (;;) {
        // From the start each time: what was listed is gone.
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
        if (Contents.length === 0) return;
        await deleteKeys(Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      }
    },
    async locate(Key) {
      const command = new GetObjectCommand({ Bucket, Key });
      return { url: await getSignedUrl(client, command, { expiresIn: presignedSeconds }) };
    },
  };
}

export const openS3Store = (bucket: string, config: S3ClientConfig): PictureStore =>
  s3Store({ client: new S3Client(config), bucket });
