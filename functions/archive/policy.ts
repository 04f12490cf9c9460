/** How much an archiving invocation does at a time. Loaded by the construct too, so it imports nothing. */

export const parallel = 8;
/** That many pictures of 5 MB at once, and the processor for their TLS. */
export const memoryMb = 512;
/** No face is begun after this: with the slowest link and write behind it, the run ends within the claim. */
export const runMs = 20_000;
