/**
 * Chance without an order: a number in [0, 1) for every name, the same for every caller at any time. So one task of a
 * thousand meets the same luck when it is run alone.
 */
export function drawOf(seed: number, name: string): number {
  let high = 0x9e3779b9 ^ seed;
  let low = 0x85ebca6b ^ Math.imul(seed, 0xc2b2ae35);
  for (let at = 0; at < name.length; at++) {
    const letter = name.charCodeAt(at);
    high = Math.imul(high ^ letter, 0x9e3779b1);
    low = Math.imul(low ^ letter, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d);
  return ((high ^ (high >>> 14)) >>> 0) / 2 ** 32;
}

/** Draws by name for one subject, with the shapes that a plan needs. */
export function drawer(seed: number, subject: string) {
  const draw = (name: string): number => drawOf(seed, `${subject}/${name}`);
  const between = (name: string, low: number, high: number): number =>
    Math.floor(low + (high - low) * draw(name));
  return {
    draw,
    between,
    happens: (name: string, probability: number): boolean => draw(name) < probability,
    oneOf: <T>(name: string, choices: readonly T[]): T => choices[between(name, 0, choices.length)] as T,
    /** Log-normal: half of them are shorter than `medianMs`, few are very long. */
    lasting: (name: string, medianMs: number, sigma: number): number => {
      const normal =
        Math.sqrt(-2 * Math.log(1 - draw(`${name}-a`))) * Math.cos(2 * Math.PI * draw(`${name}-b`));
      return Math.round(medianMs * Math.exp(sigma * normal));
    },
  };
}
