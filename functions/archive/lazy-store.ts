/** The bucket for functions and clients that rarely need it: the SDK for S3 is loaded at the first use. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';

import { type PictureStore } from './store.ts';

export function lazyS3Store(bucket: string, config: S3ClientConfig): PictureStore {
  let opened: Promise<PictureStore> | undefined;
  const open = (): Promise<PictureStore> =>
    (opened ??= import('./s3-store.ts').then(({ openS3Store }) => openS3Store(bucket, config)));
  return {
    put: async (...object) => (await open()).put(...object),
    read: async (key) => (await open()).read(key),
    delete: async (keys) => (await open()).delete(keys),
    deleteUnder: async (prefix) => (await open()).deleteUnder(prefix),
    locate: async (key) => (await open()).locate(key),
  };
}
