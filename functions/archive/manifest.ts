/** What is archived of a detection, face by face. */
import * as z from 'zod/mini';

/** A bucket may have other writers: what becomes a file's name is read strictly. */
export const ManifestEntry = z.object({
  id: z.int(),
  key: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  content_type: z.string().check(z.regex(/^image\/[a-z]+$/)),
  width: z.int(),
  height: z.int(),
});
export type ManifestEntry = z.infer<typeof ManifestEntry>;
export const Manifest = z.array(ManifestEntry);
export type Manifest = z.infer<typeof Manifest>;

/** The entries of the faces from one place on, and the place after them. */
export const Part = z.object({ entries: Manifest, next: z.int() });
export type Part = z.infer<typeof Part>;

export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const parseJson = <Schema extends z.ZodMiniType>(schema: Schema, bytes: Uint8Array): z.infer<Schema> =>
  schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
