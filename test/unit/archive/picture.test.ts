import { describe, expect, it } from 'vitest';

import { pictureOf } from '../../../functions/archive/picture.ts';
import { markup, pictures } from '../../support/pictures.ts';

describe('the first bytes', () => {
  it.each([
    ['png', 'png', 'image/png'],
    ['gif', 'gif', 'image/gif'],
    ['jpeg', 'jpg', 'image/jpeg'],
    ['webp', 'webp', 'image/webp'],
    ['avif', 'avif', 'image/avif'],
  ] as const)('tell %s and its size', (format, extension, contentType) => {
    expect(pictureOf(pictures[format])).toEqual({ extension, contentType, width: 3, height: 2 });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<!doctype html><html></html>'],
    ['a picture as markup', markup],
    ['JSON', '{"code":200}'],
    [
      'a format with a size that is not kept',
      Buffer.from('424d46000000000000003600000028000000030000000200', 'hex'),
    ],
    ['RIFF of another kind', 'RIFF\0\0\0\0WAVEfmt '],
    ['another kind of ftyp', Buffer.from('0000001c6674797068656963000000006865696300006d696631', 'hex')],
    [
      'another kind of ftyp with a size',
      Buffer.from(pictures.avif.toString('latin1').replaceAll('avif', 'heic'), 'latin1'),
    ],
    ['a signature that comes late', Buffer.concat([Buffer.from(' '), pictures.png])],
    ['a part of a signature', pictures.png.subarray(0, 7)],
    ['the older signature with another letter', Buffer.from('GIF88a\x03\0\x02\0', 'latin1')],
  ])('reject %s', (_what, bytes) => {
    expect(pictureOf(Buffer.from(bytes as string))).toBeUndefined();
  });

  it.each(Object.entries(pictures))('reject %s that ends before its size', (_format, bytes) => {
    expect(pictureOf(bytes.subarray(0, 8))).toBeUndefined();
  });

  it.each([
    [50_000, 3],
    [100_000, undefined],
  ])('of an AVIF tell the size only in its first 64 KiB: behind %i others', (length, width) => {
    const { avif } = pictures;
    const end = avif.readUInt32BE(0);
    const others = Buffer.alloc(length);
    others.writeUInt32BE(length);
    others.write('free', 4);
    const padded = Buffer.concat([avif.subarray(0, end), others, avif.subarray(end)]);
    expect(pictureOf(padded)?.width).toBe(width);
  });

  it('reject a picture without extent', () => {
    const flat = Buffer.from(pictures.gif);
    flat.writeUInt16LE(0, 8);
    expect(pictureOf(flat)).toBeUndefined();
    flat.writeUInt16LE(2, 8);
    flat.writeUInt16LE(0, 6);
    expect(pictureOf(flat)).toBeUndefined();
  });

  it('take the older signature of GIF as well', () => {
    const old = Buffer.from(pictures.gif);
    old.write('GIF87a');
    expect(pictureOf(old)).toMatchObject({ width: 3, height: 2 });
  });
});
