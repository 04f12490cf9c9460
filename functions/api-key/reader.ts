/** Where the provider's API key comes from. Nothing is returned where none is stored. */
export interface ApiKeyReader {
  read(): Promise<string | undefined>;
  /** Past any cache: after the provider refused the key that `read` gave. */
  readAfresh(): Promise<string | undefined>;
}

/** Only what can stand in a header; a trailing newline of whoever stored the key is forgiven. */
export function usableKey(text: string | undefined): string | undefined {
  const key = text?.trim();
  return key !== undefined && /^[\x21-\x7e]+$/.test(key) ? key : undefined;
}

export const fixedKey = (text: string | undefined): ApiKeyReader => {
  const key = usableKey(text);
  return { read: async () => key, readAfresh: async () => key };
};

/** What is stored at a place, unjudged; nothing where that is empty or does not exist. */
export type StoredKey = () => Promise<string | undefined>;

/** Where AWS keeps it: a secret of plain text, or an SSM parameter of type SecureString. */
export type KeyLocation = { secretArn: string } | { parameterName: string };

/** A place that does not exist holds nothing; any other fault of a store is one. */
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

/** One read a poll without a cache would cost $5.00 per million polls, and meet the parameter store's 40 a second. */
export const maxAgeMs = 5 * 60_000;
/** While the store is down, a key this old is still worth trying. */
const maxStaleMs = 60 * 60_000;

export function cachedKey(stored: StoredKey, now: () => number): ApiKeyReader {
  let cached: { key: string | undefined; readAtMs: number } | undefined;
  let underWay: Promise<string | undefined> | undefined;

  async function fetchKey(): Promise<string | undefined> {
    const key = usableKey(await stored());
    cached = { key, readAtMs: now() };
    return key;
  }

  /** Callers at the same time share one read; a failed one is not kept. */
  function readAfresh(): Promise<string | undefined> {
    underWay ??= fetchKey().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  return {
    readAfresh,
    async read() {
      const ageMs = cached === undefined ? Infinity : now() - cached.readAtMs;
      if (cached?.key !== undefined && ageMs < maxAgeMs) return cached.key;
      try {
        return await readAfresh();
      } catch (error) {
        if (cached?.key !== undefined && ageMs < maxStaleMs) return cached.key;
        throw error;
      }
    },
  };
}
