/** The one rule for a face's id: a whole number that is exact, also as text, in which it has one spelling. */
import * as z from 'zod/mini';

export const faceIdRule = `must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;

export function faceIdOf(given: unknown): number | undefined {
  const id = typeof given === 'string' && /^(0|[1-9]\d{0,15})$/.test(given) ? Number(given) : given;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}

export const FaceId = z.int(faceIdRule).check(z.gte(0, faceIdRule));
/** In a path, or as the name of a field. */
export const FaceIdText = z
  .string()
  .check(z.refine((text: string) => faceIdOf(text) !== undefined, faceIdRule));
