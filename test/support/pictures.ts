/** Pictures for tests, and a store that keeps them in memory. */
import type { PictureStore } from '../../functions/archive/store.ts';

/** The smallest picture of each format that has a size: 3 by 2, or 1 by 1. */
export const pictures = {
  png: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==',
    'base64',
  ),
  gif: Buffer.from('R0lGODlhAwACAIAAAP///wAAACwAAAAAAwACAAACAoRfADs=', 'base64'),
  jpeg: Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b080002000301011100ffd9', 'hex'),
  webp: Buffer.from('UklGRhoAAABXRUJQVlA4TA4AAAAvAkAAAAcQEf0PRET/Aw==', 'base64'),
  avif: Buffer.concat([
    Buffer.from('0000001c6674797061766966000000006176696600006d6966316d696166', 'hex').subarray(0, 28),
    box('meta', Buffer.concat([Buffer.alloc(4), box('iprp', box('ipco', ispe(3, 2)))])),
  ]),
};

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'ascii');
  return Buffer.concat([head, body]);
}
function ispe(width: number, height: number): Buffer {
  const body = Buffer.alloc(12);
  body.writeUInt32BE(width, 4);
  body.writeUInt32BE(height, 8);
  return box('ispe', body);
}

/** Another picture for each text, of the same size. */
export const pictureNamed = (text: string): Buffer => Buffer.concat([pictures.png, Buffer.from(text)]);

export const markup = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

export interface MemoryStore extends PictureStore {
  objects: Map<string, { bytes: Uint8Array; contentType: string }>;
  /** Runs before a call, which it may make fail. */
  before: (call: 'put' | 'read' | 'delete', key: string) => Promise<void> | void;
}

export function memoryStore(): MemoryStore {
  const objects: MemoryStore['objects'] = new Map();
  const store: MemoryStore = {
    objects,
    before: () => {},
    async put(key, bytes, contentType) {
      await store.before('put', key);
      objects.set(key, { bytes, contentType });
    },
    async read(key) {
      await store.before('read', key);
      return objects.get(key)?.bytes;
    },
    async delete(keys) {
      for (const key of keys) {
        await store.before('delete', key);
        objects.delete(key);
      }
    },
    async deleteUnder(prefix) {
      await store.before('delete', prefix);
      for (const key of objects.keys()) if (key.startsWith(prefix)) objects.delete(key);
    },
    locate: async (key) => ({ url: `https://bucket.example/${key}` }),
  };
  return store;
}
