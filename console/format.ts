/** How values read on the page. */

/** Marks that reorder or hide text, and control characters: shown as a dot, so that a text is what it seems to be. */
const hidden = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;
export const plain = (text: string): string => text.replaceAll(hidden, '·');

export function duration(ms: number): string {
  const seconds = Math.max(ms, 0) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6_000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

/** Minutes and seconds, for what is counted down. */
export function clock(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1_000), 0);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
export const instant = (iso: string): string =>
  Number.isNaN(Date.parse(iso)) ? plain(iso) : dateTime.format(new Date(iso));

export const count = (number: number, what: string): string =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;

export const isOpen = (status: string): boolean => status === 'starting' || status === 'processing';

/** An address that a page may link to; nothing for any other scheme. */
export function webAddress(link: string): URL | undefined {
  const url = URL.parse(link);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}
