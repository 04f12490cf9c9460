/**
 * Removes the API key from the provider's words: by the key itself, because its form is the provider's to choose, and
 * then whatever looks like a key of this provider, because its words may repeat one that was replaced.
 */
export interface Redactor {
  clean: (text: string) => string;
  /** Whether the text repeats the key or a part of it. */
  holdsKey: (text: string) => boolean;
}

/** So many letters of the key in a row are a part of it, and no accident. No provider issues a shorter key. */
const partLength = 8;

const looksLikeKey = /ak(?:_|%5f)[a-z0-9]{8,}[a-z0-9_-]*|(?<![a-z0-9])ak(?:_|%5f)[a-z0-9_-]{8,}/gi;

/** One letter, with what a layout breaks a line by behind it; or an escape that stands for one: `%5F`, `%255F`, `\u005f`, `\x5f`, `\"`, `&#x5f;`, `&#95;`, `&amp;`. */
const letterPattern =
  /(?:%(?:25)*([0-9a-f]{2})|\\+(?:u00|x)([0-9a-f]{2})|\\+(["'/\\])|&#x0*([0-9a-f]{2});|&#0*(\d{2,3});|&(amp|lt|gt|quot|apos);|[^])(?:\r?\n[ \t]*|[\u00ad\u200b-\u200d\u2060\ufeff])*/gi;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function letterOf([raw, percent, unicode, quoted, hex, decimal, entity]: RegExpExecArray): string {
  const code = percent ?? unicode ?? hex;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  if (decimal !== undefined) return String.fromCharCode(Number(decimal));
  return quoted ?? entities[entity ?? ''] ?? raw.charAt(0);
}

/** In one unit: some letters have a small form of two. */
const folded = (letter: string): string => letter.toLowerCase().charAt(0);

/** A spelling of the key, and how much of it stands for a part. */
interface Spelling {
  size: number;
  parts: ReadonlySet<string>;
}

function spelling(text: string, size: number): Spelling {
  const whole = Array.from(text, folded).join('');
  const count = Math.max(whole.length - size + 1, 0);
  return { size, parts: new Set(Array.from({ length: count }, (_, at) => whole.slice(at, at + size))) };
}

/** As it is, in hexadecimal, and in base64 of either alphabet, wherever in a longer text the key begins. */
function spellingsOf(key: string): Spelling[] {
  // A key may itself look escaped.
  const read = [...key.matchAll(letterPattern)].map(letterOf).join('');
  const plain = [...new Set([key, read])].map((text) => spelling(text, Math.min(text.length, partLength)));
  if (key.length < partLength) return plain;
  const encoded = [...new Set([key, JSON.stringify(key).slice(1, -1)])].flatMap((text) => [
    spelling(Buffer.from(text).toString('hex'), 2 * partLength),
    ...base64Of(text).map((form) => spelling(form, Math.floor((partLength * 4) / 3))),
  ]);
  return [...plain, ...encoded];
}

function base64Of(text: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const form = Buffer.from(' '.repeat(before) + text)
      .toString('base64')
      .replace(/=+$/, '');
    // The first letters depend on what stands before the text, and the last one on what follows.
    const isWhole = (before + text.length) % 3 === 0;
    const own = form.slice(Math.ceil((before * 4) / 3), isWhole ? undefined : -1);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Of the key in use: each poll asks for it. */
let latest: { key: string; spellings: Spelling[] } | undefined;

export function createRedactor(key: string): Redactor {
  if (latest?.key !== key) latest = { key, spellings: key === '' ? [] : spellingsOf(key) };
  const { spellings } = latest;

  function withoutKey(text: string): string {
    const letters = [...text.matchAll(letterPattern)].map((match) => ({
      raw: match[0],
      letter: folded(letterOf(match)),
    }));
    // One unit each, so that places are the same.
    const read = letters.map(({ letter }) => letter).join('');
    const partAt = (at: number): Spelling | undefined =>
      spellings.find(({ size, parts }) => parts.has(read.slice(at, at + size)));
    let cleaned = '';
    for (let at = 0; at < letters.length; at++) {
      const part = partAt(at);
      if (part === undefined) {
        cleaned += letters[at]?.raw ?? '';
        continue;
      }
      let end = at + part.size;
      for (let next = at + 1; next < end; next++) end = Math.max(end, next + (partAt(next)?.size ?? 0));
      at = end - 1;
      cleaned += '…';
    }
    return cleaned;
  }

  return {
    clean: (text) => withoutKey(text).replaceAll(looksLikeKey, 'ak_…'),
    holdsKey: (text) => key.length >= partLength && withoutKey(text) !== text,
  };
}
