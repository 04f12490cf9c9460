/** One run of faces: where it begins and ends, and when it may write no more. */
import { describe, expect, it } from 'vitest';

import { copyFaces } from '../../../functions/archive/copy-faces.ts';
import type { FetchLink } from '../../../functions/archive/fetch-link.ts';
import { keysOf } from '../../../functions/archive/store.ts';
import { memoryStore, pictureNamed } from '../../support/pictures.ts';
import { facesOf, taskId, testClock } from '../../support/records.ts';

const keys = keysOf(taskId('task-1'), 2);

function copying({ forMs = 120_000, fetchMs = 0 } = {}) {
  const clock = testClock();
  const store = memoryStore();
  const writesUntilMs = clock.now() + forMs;
  const fetchLink: FetchLink = async (link) => {
    clock.pass(fetchMs);
    return { bytes: pictureNamed(link) };
  };
  const copy = (faces: number, from = 0) =>
    copyFaces({ fetchLink, store, clock }, facesOf(faces), from, { keys, writesUntilMs });
  return { copy, store };
}

describe('a run', () => {
  it('has the faces from its place on, to the last one', async () => {
    const { copy, store } = copying();
    const { entries, faults, next } = await copy(12, 3);
    expect(entries.map(({ id }) => id)).toEqual(
      facesOf(12)
        .slice(3)
        .map(({ id }) => id),
    );
    expect([faults, next]).toEqual([[], 12]);
    expect(entries.every(({ key }) => key.startsWith('faces/task-1/2/') && store.objects.has(key))).toBe(
      true,
    );
  });

  it('has five hundred faces at most', async () => {
    const { entries, next } = await copying().copy(600, 50);
    expect([entries.length, next]).toEqual([500, 550]);
  });

  it('begins a face for twenty seconds', async () => {
    // The ninth begins when they are over, and no tenth after it.
    expect((await copying({ fetchMs: 2_500 }).copy(30)).next).toBe(9);
    expect((await copying({ fetchMs: 2_501 }).copy(30)).next).toBe(8);
  });

  it('writes until its time, and not at it', async () => {
    const late = copying({ forMs: 100, fetchMs: 100 });
    await expect(late.copy(1)).rejects.toMatchObject({
      name: 'ClaimExpiredError',
      message: 'the time for writing pictures is over',
    });
    expect(late.store.objects.size).toBe(0);
    const inTime = copying({ forMs: 101, fetchMs: 100 });
    expect((await inTime.copy(1)).entries).toHaveLength(1);
  });

  it('whose store fails ends after all that it has begun', async () => {
    const { copy, store } = copying();
    const slow = Promise.withResolvers<void>();
    store.before = async (_call, key) => {
      if (key.includes('/0-')) throw new Error('SlowDown');
      if (key.includes('/1-')) await slow.promise;
    };
    let hasEnded = false;
    const ends = copy(2).finally(() => (hasEnded = true));
    ends.catch(() => {});
    await new Promise(setImmediate);
    expect(hasEnded).toBe(false);
    slow.resolve();
    await expect(ends).rejects.toThrow('SlowDown');
    expect(store.objects.size).toBe(1);
  });
});
