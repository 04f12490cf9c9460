/** Text that others wrote, made harmless for a terminal. */

/** Controls (C0, DEL, C1), directions, zero widths and line separators: they steer a terminal or hide in a text. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const printable = (text: string): string => text.replaceAll(unsafe, '·');

/** `JSON.stringify` escapes only C0; the rest is escaped in the same way, so the value stays the same. */
export const toJson = (value: unknown): string => JSON.stringify(value).replaceAll(unsafe, escaped);

/** The same on a line for each member; JSON itself breaks lines nowhere else. */
export const toIndentedJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2)
    .split('\n')
    .map((line) => line.replaceAll(unsafe, escaped))
    .join('\n');

const escaped = (sign: string): string =>
  sign
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
