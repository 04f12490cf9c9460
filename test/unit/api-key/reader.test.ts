import { describe, expect, it } from 'vitest';

import { cachedKey, fixedKey } from '../../../functions/api-key/reader.ts';
import { testClock } from '../../support/records.ts';

const minute = 60_000;
const down = new Error('down');

/** A cache over a store that returns one text after the other, the last for ever; an error is thrown. */
function cached(...texts: (string | undefined | Error)[]) {
  const clock = testClock();
  const store = { texts, reads: 0 };
  async function stored(): Promise<string | undefined> {
    const text = store.texts[Math.min(store.reads++, store.texts.length - 1)];
    if (text instanceof Error) throw text;
    return text;
  }
  return { clock, store, key: cachedKey(stored, () => clock.now()) };
}

describe('a cached key', () => {
  it('is not read again for five minutes', async () => {
    const { clock, store, key } = cached('one', 'two');
    expect(await key.read()).toBe('one');
    clock.pass(5 * minute - 1);
    expect([await key.read(), store.reads]).toEqual(['one', 1]);
    clock.pass(1);
    expect([await key.read(), store.reads]).toEqual(['two', 2]);
  });

  it('is read again where the clock was set back: its age is not known', async () => {
    const { clock, store, key } = cached('one', 'two');
    await key.read();
    clock.pass(-1);
    expect([await key.read(), store.reads]).toEqual(['two', 2]);
  });

  it('is read once for concurrent callers', async () => {
    const { store, key } = cached('one', 'two');
    const keys = await Promise.all([key.read(), key.read(), key.readAfresh(), key.read()]);
    expect([new Set(keys), store.reads]).toEqual([new Set(['one']), 1]);
  });

  it('is read afresh past the cache, and kept from then on', async () => {
    const { store, key } = cached('one', 'two');
    expect([await key.read(), await key.readAfresh(), await key.read()]).toEqual(['one', 'two', 'two']);
    expect(store.reads).toBe(2);
  });

  it('serves for an hour while the store is down, and then no more', async () => {
    const { clock, key } = cached('one', down);
    await key.read();
    clock.pass(60 * minute - 1);
    expect(await key.read()).toBe('one');
    clock.pass(1);
    await expect(key.read()).rejects.toThrow(down);
  });

  it('does not exist while the store is down at first, and is read once it is up', async () => {
    const { key } = cached(down, 'one');
    await expect(key.read()).rejects.toThrow(down);
    expect(await key.read()).toBe('one');
  });

  it('is not replaced by the old one when it is read afresh', async () => {
    const { key } = cached('one', down);
    await key.read();
    await expect(key.readAfresh()).rejects.toThrow(down);
    expect(await key.read()).toBe('one');
  });

  it.each([undefined, '', ' \n', 'two words', 'ключ', 'a\u0000b'])(
    'does not exist where %j is stored, and is read each time until it does',
    async (stored) => {
      const { key } = cached(stored, stored, ' one\r\n');
      expect([await key.read(), await key.read(), await key.read()]).toEqual([undefined, undefined, 'one']);
    },
  );

  it('is dropped when a later read finds none', async () => {
    const { clock, key } = cached('one', '');
    await key.read();
    clock.pass(5 * minute);
    expect(await key.read()).toBeUndefined();
  });
});

describe('a fixed key', () => {
  it('is given instead of read', async () => {
    const key = fixedKey('key\n');
    expect([await key.read(), await key.readAfresh()]).toEqual(['key', 'key']);
    expect(await fixedKey(undefined).read()).toBeUndefined();
  });
});
