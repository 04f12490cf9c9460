/** How one record is read: as it is stored, or with all or some of its faces joined. */
import { GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';

import { type Detection, toDetection } from '../detection/fields.ts';
import type { DetectTaskId } from '../detection/input.ts';
import { cursorOf, parseCursor } from './cursor.ts';
import type { Pages, Portion } from './faces.ts';
import type { RecordsDeps } from './head.ts';
import { type Found, found, stored, toItem } from './item.ts';
import { key } from './table.ts';

/** A record with some of its faces. */
export interface FacesPage {
  detection: Detection;
  /** Opaque; absent with the last of the faces. */
  cursor?: string;
}

/** The face to go on with. A reference is never used again, so it identifies the faces too. */
const FacesCursor = z.strictObject({
  ref: z.string(),
  page: z.int().check(z.nonnegative()),
  index: z.int().check(z.nonnegative()),
});

class MissingPagesError extends Error {
  override readonly name = 'MissingPagesError';

  constructor(detectTaskId: DetectTaskId) {
    super(`${detectTaskId}: its pages of faces are missing from the table`);
  }
}

/** Pages can vanish between the two reads (forgotten, expired): then the head is read again. */
const maxTries = 3;

export function createQuery({ client, tableName, now }: RecordsDeps, pages: Pages) {
  async function itemOf(
    detectTaskId: DetectTaskId,
    ConsistentRead = true,
  ): Promise<GetItemCommandOutput['Item']> {
    const Key = toItem({ [key]: detectTaskId });
    const command = new GetItemCommand({ TableName: tableName, Key, ConsistentRead });
    return (await client.send(command)).Item;
  }

  /** As it stands, read consistently; faces in pages are not joined. */
  const read = async (detectTaskId: DetectTaskId): Promise<Found> => found(await itemOf(detectTaskId), now());

  return {
    read,

    /** As it stood a moment ago, at half the price: for a caller whose writes are conditional on what it read. */
    readLately: async (detectTaskId: DetectTaskId): Promise<Found> =>
      found(await itemOf(detectTaskId, false), now()),

    /** Also a record that counts as absent, because it has expired: what is deleted must not be left out. */
    readStored: async (detectTaskId: DetectTaskId): Promise<Found> => stored(await itemOf(detectTaskId)),

    /** With its faces joined. */
    async get(detectTaskId: DetectTaskId): Promise<Detection | undefined> {
      for (let tries = 0; tries < maxTries; tries++) {
        const current = await read(detectTaskId);
        if (current.kind !== 'head') return undefined;
        const { head } = current;
        if (head.faces_ref === undefined) return toDetection(head, head.faces);
        const faces = await pages.read(detectTaskId, head.faces_ref);
        if (faces !== undefined) return toDetection(head, faces);
      }
      throw new MissingPagesError(detectTaskId);
    },

    /**
     * A record with its faces from the cursor on, or from the first. `changed`: the cursor points into faces that are no
     * longer the record's, because it was forgotten and begun anew.
     */
    async getSome(
      detectTaskId: DetectTaskId,
      options: Portion & { cursor?: string | undefined },
    ): Promise<FacesPage | 'changed' | undefined> {
      const from = options.cursor === undefined ? undefined : parseCursor(FacesCursor, options.cursor);
      for (let tries = 0; tries < maxTries; tries++) {
        const current = await read(detectTaskId);
        if (current.kind !== 'head') return undefined;
        const { head } = current;
        const ref = head.faces_ref;
        if (from !== undefined && from.ref !== ref) return 'changed';
        if (ref === undefined) return { detection: toDetection(head, head.faces) };
        const some = await pages.readSome(detectTaskId, ref, from ?? { page: 0, index: 0 }, options);
        if (some === undefined) continue;
        const { faces, rest } = some;
        return { detection: toDetection(head, faces), ...(rest && { cursor: cursorOf({ ref, ...rest }) }) };
      }
      throw new MissingPagesError(detectTaskId);
    },
  };
}
