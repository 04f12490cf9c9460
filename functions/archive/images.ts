/** The archived pictures of a record's faces, for those who may read the record. */
import type { DetectTaskId } from '../detection/input.ts';
import type { Records } from '../records/records.ts';
import { Manifest, type ManifestEntry, parseJson } from './manifest.ts';
import { keysOf, type PictureStore } from './store.ts';

/** One archived picture, and where it is: a presigned address, valid for 15 minutes, or a file of this machine. */
export type FaceImage = Omit<ManifestEntry, 'key'> & ({ url: string } | { file: string });

export interface Images {
  /** In the order of the faces, without those that are not archived; `undefined` where there is no record. */
  list(detectTaskId: DetectTaskId): Promise<FaceImage[] | undefined>;
  /** `undefined` where there is no record, or no such picture. */
  one(detectTaskId: DetectTaskId, faceId: number): Promise<FaceImage | undefined>;
}

/** A page of faces asks for one picture after the other. */
const maxKept = 8;

export function createImages({
  records,
  store,
}: {
  records: Pick<Records, 'read'>;
  store: PictureStore;
}): Images {
  /** A manifest is written once, and read again only while it can still change. */
  const kept = new Map<string, Manifest>();

  async function manifestOf(detectTaskId: DetectTaskId): Promise<Manifest | undefined> {
    const current = await records.read(detectTaskId);
    if (current.kind !== 'head') return undefined;
    const { archive, attempt } = current.head;
    if (archive === undefined || archive.state === 'pending') return [];
    const name = `${detectTaskId} ${attempt} ${archive.at}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    const bytes = await store.read(keysOf(detectTaskId, attempt).manifest);
    const manifest = bytes === undefined ? [] : parseJson(Manifest, bytes);
    kept.set(name, manifest);
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return manifest;
  }

  const imageOf = async ({ key, ...entry }: ManifestEntry): Promise<FaceImage> => ({
    ...entry,
    ...(await store.locate(key)),
  });

  return {
    async list(detectTaskId) {
      const manifest = await manifestOf(detectTaskId);
      return manifest && Promise.all(manifest.map(imageOf));
    },
    async one(detectTaskId, faceId) {
      const entry = (await manifestOf(detectTaskId))?.find(({ id }) => id === faceId);
      return entry && imageOf(entry);
    },
  };
}
