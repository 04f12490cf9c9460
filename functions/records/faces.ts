/** Faces that are too many for the head: pages of one item each, under a reference that is used once. */
import { randomBytes } from 'node:crypto';

import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

import type { DetectTaskId } from '../detection/input.ts';
import type { Face } from '../detection/types.ts';
import { fromItem, type Head, toItem } from './item.ts';
import { expiry, key } from './table.ts';

/** Up to this size the faces are stored in the head: an update bills the whole item, so it stays small. */
const maxInlineBytes = 8 * 1_024;
/** DynamoDB's limit is 400 KB an item; the margin is for attribute names. */
const maxPageBytes = 300_000;

/** DynamoDB counts names, values and a few bytes for each nested entry: together less than 40. */
const faceBytes = (face: Face): number => Buffer.byteLength(face.link) + 40;

export const fitsInline = (faces: readonly Face[]): boolean =>
  faces.reduce((sum, face) => sum + faceBytes(face), 0) <= maxInlineBytes;

export function paginate(faces: readonly Face[]): Face[][] {
  const pages: Face[][] = [];
  let page: Face[] = [];
  let bytes = 0;
  for (const face of faces) {
    const size = faceBytes(face);
    if (bytes + size > maxPageBytes && page.length > 0) {
      pages.push(page);
      page = [];
      bytes = 0;
    }
    page.push(face);
    bytes += size;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}

/** Random, and ends in the number of its pages: the reference is enough to delete them all. */
export const newRef = (pageCount: number): string => `${randomBytes(9).toString('base64url')}.${pageCount}`;

const pageCount = (ref: string): number => Number(ref.split('.')[1]);
const pageKey = (detectTaskId: DetectTaskId, ref: string, page: number): string =>
  `${detectTaskId}#${ref}#${page}`;

/** A face by its page and its place there. */
export interface Position {
  page: number;
  index: number;
}

/** The most that one read returns, as JSON; always the first face, however large. */
export interface Portion {
  maxFaces: number;
  maxBytes: number;
}

export type Pages = ReturnType<typeof createPages>;

export function createPages(deps: { client: DynamoDBClient; tableName: string }) {
  const { client, tableName: TableName } = deps;

  async function readPage(
    detectTaskId: DetectTaskId,
    ref: string,
    page: number,
  ): Promise<Face[] | undefined> {
    const Key = toItem({ [key]: pageKey(detectTaskId, ref, page) });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Item && fromItem<{ faces: Face[] }>(Item).faces;
  }

  return {
    /**
     * One page after the other: a large answer should not be in memory twice. False, and no further page, once the
     * record does not wait for these any more.
     */
    async write(
      detectTaskId: DetectTaskId,
      ref: string,
      pages: readonly Face[][],
      options: { expiresAt: number; isAwaited: () => Promise<boolean> },
    ): Promise<boolean> {
      const { expiresAt, isAwaited } = options;
      for (const [page, faces] of pages.entries()) {
        if (page > 0 && !(await isAwaited())) return false;
        const Item = toItem({ [key]: pageKey(detectTaskId, ref, page), faces, [expiry]: expiresAt });
        await client.send(new PutItemCommand({ TableName, Item }));
      }
      return true;
    },

    /** All faces in order; nothing if a page is gone, because the record was forgotten or has expired. */
    async read(detectTaskId: DetectTaskId, ref: string): Promise<Face[] | undefined> {
      const faces: Face[] = [];
      for (let page = 0; page < pageCount(ref); page++) {
        const stored = await readPage(detectTaskId, ref, page);
        if (stored === undefined) return undefined;
        faces.push(...stored);
      }
      return faces;
    },

    /** Some of the faces, and where the rest begins; nothing where a page is gone. Reads only the pages that it needs. */
    readSome: (detectTaskId: DetectTaskId, ref: string, from: Position, portion: Portion) =>
      takeSome((page) => readPage(detectTaskId, ref, page), pageCount(ref), from, portion),

    async delete(detectTaskId: DetectTaskId, refs: Iterable<string>): Promise<void> {
      for (const ref of refs) {
        for (let page = 0; page < pageCount(ref); page++) {
          const Key = toItem({ [key]: pageKey(detectTaskId, ref, page) });
          await client.send(new DeleteItemCommand({ TableName, Key }));
        }
      }
    },
  };
}

async function takeSome(
  readPage: (page: number) => Promise<Face[] | undefined>,
  pages: number,
  from: Position,
  portion: Portion,
): Promise<{ faces: Face[]; rest?: Position } | undefined> {
  const faces: Face[] = [];
  let bytes = 0;
  for (let page = from.page; page < pages; page++) {
    if (faces.length >= portion.maxFaces) return { faces, rest: { page, index: 0 } };
    const stored = await readPage(page);
    if (stored === undefined) return undefined;
    const first = page === from.page ? from.index : 0;
    for (let index = first; index < stored.length; index++) {
      const face = stored[index] as Face;
      bytes += Buffer.byteLength(JSON.stringify(face)) + 1;
      const isFull = faces.length >= portion.maxFaces || bytes > portion.maxBytes;
      if (isFull && faces.length > 0) return { faces, rest: { page, index } };
      faces.push(face);
    }
  }
  return { faces };
}

type Refs = Partial<Pick<Head, 'faces_ref' | 'page_refs' | 'orphan_refs'>>;

/** The references of all pages stored under a record. */
export function refsOf({ faces_ref, page_refs, orphan_refs }: Refs): Set<string> {
  return new Set([
    ...(page_refs ?? []),
    ...(orphan_refs ?? []),
    ...(faces_ref === undefined ? [] : [faces_ref]),
  ]);
}

/** Pages that an invocation left under the record, or may still write: they keep a final record due. */
export const orphansOf = ({ page_refs, orphan_refs }: Refs): Set<string> =>
  refsOf({ page_refs, orphan_refs });

/** Holds while the item names the same pages: a put over it must not lose a reference unread. */
export function ifSameRefs(seen: Refs): { condition: string; values: Record<string, unknown> } {
  const names = ['faces_ref', 'page_refs', 'orphan_refs'] as const;
  const parts = names.map((name) =>
    seen[name] === undefined ? `attribute_not_exists(${name})` : `${name} = :${name}`,
  );
  const values = names.flatMap((name) =>
    seen[name] === undefined ? [] : [[`:${name}`, seen[name]] as const],
  );
  return { condition: parts.join(' AND '), values: Object.fromEntries(values) };
}
