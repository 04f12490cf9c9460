/**
 * The first of the promises to settle, unless the signal is aborted before. It leaves nothing behind: a race against one
 * promise for all tasks, or a listener for each, would keep every task that ended for as long as others run.
 */
export async function untilAborted<T>(
  signal: AbortSignal | undefined,
  ...promises: readonly Promise<T>[]
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await Promise.race([...promises, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
