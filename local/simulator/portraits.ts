/**
 * A drawn portrait for each face: the same for one task and face whenever it is asked for. Lorelei by Lisa Wischofsky,
 * CC0, by DiceBear; loaded when the first picture is asked for.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** So many different portraits; the faces of one task are all different up to there. Each is drawn once. */
const portraits = 512;
const sizePixels = 160;
const backgrounds = ['b6e3f4', 'c0aede', 'd1d4f9', 'ffd5dc', 'ffdfbf'];

const drawn = new Map<number, Buffer>();

/** A PNG. */
export async function portraitOf(detectTaskId: string, faceId: number): Promise<Buffer> {
  const first = createHash('sha256').update(detectTaskId).digest().readUInt32BE();
  const seed = (first + faceId) % portraits;
  const known = drawn.get(seed);
  if (known !== undefined) return known;
  draw ??= loadArtist();
  const png = (await draw)(seed);
  drawn.set(seed, png);
  return png;
}

let draw: Promise<(seed: number) => Buffer> | undefined;

async function loadArtist(): Promise<(seed: number) => Buffer> {
  const [{ createAvatar }, lorelei, { initWasm, Resvg }] = await Promise.all([
    import('@dicebear/core'),
    import('@dicebear/lorelei'),
    import('@resvg/resvg-wasm'),
  ]);
  await initWasm(await readFile(new URL(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
  return (seed) => {
    const options = { seed: `face ${seed}`, size: sizePixels, backgroundColor: backgrounds };
    using picture = disposable(new Resvg(createAvatar(lorelei, options).toString()));
    using image = disposable(picture.value.render());
    return Buffer.from(image.value.asPng());
  };
}

/** Memory of WebAssembly is not collected. */
const disposable = <T extends { free(): void }>(value: T) => ({
  value,
  [Symbol.dispose]: () => value.free(),
});
