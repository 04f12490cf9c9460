/**
 * Removes the API key from the provider's words: by the key itself, because its form is the provider's to choose, and
 * then whatever looks like a key of this provider, because its words may repeat one that was replaced.
 */
export interface Redactor {
  clean(text: string): string;
  /** Whether the text repeats the key or a part of it. */
  holdsKey(text: string): boolean;
}

/** So many letters of the key in a row are a part of it, and no accident. No provider issues a shorter key. */
const partLength = 8;

const looksLikeKey = /ak(?:_|%5f)[a-z0-9]{8,}[a-z0-9_-]*|(?<![a-z0-9])ak(?:_|%5f)[a-z0-9_-]{8,}/gi;

/** One letter, or the escape that stands for one: `%5F`, `%255F`, `\u005f`. */
const letterPattern = /%(?:25)*([0-9a-f]{2})|\\u00([0-9a-f]{2})|[^]/gi;

export function createRedactor(key: string): Redactor {
  const size = Math.min(key.length, partLength);
  const folded = key.toLowerCase();
  const parts = new Set(
    Array.from({ length: key.length - size + 1 }, (_, at) => folded.slice(at, at + size)).filter(Boolean),
  );

  function withoutKey(text: string): string {
    const letters = [...text.matchAll(letterPattern)].map(([raw, percent, escape]) => {
      const hex = percent ?? escape;
      const letter = hex === undefined ? raw : String.fromCharCode(Number.parseInt(hex, 16));
      return { raw, folded: letter.toLowerCase() };
    });
    const startsPart = (at: number): boolean =>
      parts.has(
        letters
          .slice(at, at + size)
          .map((letter) => letter.folded)
          .join(''),
      );
    let cleaned = '';
    for (let at = 0; at < letters.length; at++) {
      if (!startsPart(at)) {
        cleaned += letters[at]?.raw ?? '';
        continue;
      }
      while (startsPart(at + 1)) at++;
      at += size - 1;
      cleaned += '…';
    }
    return cleaned;
  }

  return {
    clean: (text) => withoutKey(text).replaceAll(looksLikeKey, 'ak_…'),
    holdsKey: (text) => key.length >= partLength && withoutKey(text) !== text,
  };
}
