/** Cursors: opaque to callers, checked like any input when they come back. */
import type * as z from 'zod/mini';

/** A cursor that no list gave out. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';

  constructor() {
    super('cursor: is not one that was given out here');
  }
}

export const cursorOf = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function parseCursor<Schema extends z.ZodMiniType>(schema: Schema, cursor: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new InvalidCursorError();
  }
}
