/** The links of faces, dead, slow or hostile, and the store of their pictures, throttled or silent about what it has done. */
import { createHash } from 'node:crypto';

import type { FetchLink } from '../../functions/archive/fetch-link.ts';
import type { PictureStore } from '../../functions/archive/store.ts';
import { markup, pictureNamed } from '../support/pictures.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';
import { failure } from './services.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
}

/** Faces beyond these cost nothing, in time or luck: of hundreds a run would hardly ever end. */
const facesAtRisk = 8;

/** By its own link, which no other answer has. */
export const createLinks =
  ({ clock, faults }: Deps): FetchLink =>
  async (link) => {
    const [, , task = '', , file = ''] = new URL(link).pathname.split('/');
    if (Number.parseInt(file, 10) >= facesAtRisk) return { bytes: pictureNamed(link) };
    const fault = faults.at('link', task);
    await clock.sleep(fault === 'slow' ? 10_000 : 40);
    switch (fault) {
      case undefined:
        return { bytes: pictureNamed(link) };
      case 'dead':
        return { fault: 'reset' };
      case 'gone':
        return { fault: 'http-404' };
      case 'failing':
        return { fault: 'http-503' };
      case 'slow':
        return { fault: 'timeout' };
      case 'huge':
        return { fault: 'too-large' };
      case 'redirected':
        return { fault: 'redirected' };
      case 'private':
        return { fault: 'blocked-address' };
      case 'page':
        return { bytes: Buffer.from(`<html>${link}</html>`) };
      case 'markup':
        return { bytes: markup };
    }
  };

export interface Stored {
  sha256: string;
  bytes: number;
  /** Of a manifest. */
  text?: string;
}

export function createStore(
  { clock, faults, actors }: Deps,
  onObject: (key: string, stored: Stored | undefined) => void,
): PictureStore {
  const objects = new Map<string, Uint8Array>();

  async function call<T>(key: string, carryOut: () => T): Promise<T> {
    const [, task = '', , file = ''] = key.split('/');
    if (Number.parseInt(file, 10) >= facesAtRisk) return carryOut();
    await actors.arrive(task);
    const fault = faults.at('store', task);
    if (fault !== undefined) actors.current()?.faulty.add(task);
    await clock.sleep(fault === 'slow' ? 4_000 : 10);
    try {
      if (fault === 'throttled') throw failure('SlowDown');
      const answer = carryOut();
      if (fault === 'lost-ack') throw failure('TimeoutError');
      return answer;
    } finally {
      await clock.sleep(10);
      await actors.leave(task);
    }
  }
  function drop(key: string): void {
    if (objects.delete(key)) onObject(key, undefined);
  }

  return {
    put: (key, bytes) =>
      call(key, () => {
        objects.set(key, bytes);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const isText = key.endsWith('.json');
        const text = isText ? { text: Buffer.from(bytes).toString() } : {};
        onObject(key, { sha256, bytes: bytes.length, ...text });
      }),
    read: (key) => call(key, () => objects.get(key)),
    async delete(keys) {
      for (const key of keys) await call(key, () => drop(key));
    },
    deleteUnder: (prefix) =>
      call(prefix, () => {
        for (const key of objects.keys()) if (key.startsWith(prefix)) drop(key);
      }),
    locate: async (key) => ({ file: key }),
  };
}
