import { ageMs } from '../clock.ts';

/** Reads the provider's API key; `undefined` where none is stored. */
export interface ApiKeyReader {
  read(): Promise<string | undefined>;
  /** Reads past any cache, after the provider denied the key that `read` returned. */
  readAfresh(): Promise<string | undefined>;
}

/** A key must fit into a header. Spaces and newlines around it are removed. */
export function usableKey(text: string | undefined): string | undefined {
  const key = text?.trim();
  return key !== undefined && /^[\x21-\x7e]+$/.test(key) ? key : undefined;
}

export const fixedKey = (text: string | undefined): ApiKeyReader => {
  const key = usableKey(text);
  return { read: async () => key, readAfresh: async () => key };
};

/** Reads a store as it is; `undefined` where it is empty or does not exist. */
export type StoredKey = () => Promise<string | undefined>;

/** Where AWS keeps the key: a secret of plain text, or an SSM parameter of type SecureString. */
export type KeyLocation = { secretArn: string } | { parameterName: string };

/** A store that does not exist holds no key; any other error is thrown. */
export async function unlessNothing(
  NotFound: new (...args: never[]) => Error,
  read: StoredKey,
): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** Without a cache, reads would cost $5.00 per million polls and hit the parameter store's limit of 40 a second. */
export const maxAgeMs = 5 * 60_000;
/** While the store is down, a key up to this old is still used. */
const maxStaleMs = 60 * 60_000;

/** `onRead` takes each key that is read, so that no log repeats it. */
export function cachedKey(
  stored: StoredKey,
  now: () => number,
  onRead: (key: string) => void = () => {},
): ApiKeyReader {
  let cached: { key: string | undefined; readAtMs: number } | undefined;
  let underWay: Promise<string | undefined> | undefined;

  async function fetchKey(): Promise<string | undefined> {
    const key = usableKey(await stored());
    if (key !== undefined) onRead(key);
    cached = { key, readAtMs: now() };
    return key;
  }

  /** Concurrent callers share one read; a failed read is not kept. */
  function readAfresh(): Promise<string | undefined> {
    underWay ??= fetchKey().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  return {
    readAfresh,
    async read() {
      const keptMs = cached === undefined ? Infinity : ageMs(cached.readAtMs, now());
      if (cached?.key !== undefined && keptMs < maxAgeMs) return cached.key;
      try {
        return await readAfresh();
      } catch (error) {
        if (cached?.key !== undefined && keptMs < maxStaleMs) return cached.key;
        throw error;
      }
    },
  };
}
