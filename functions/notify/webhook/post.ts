/** One attempt as the receiver sees it: signed anew, over bytes that never change. */
import type { DeliverDeps } from './deliver.ts';
import type { Send } from './send.ts';
import { signatureHeaders } from './sign.ts';

export const createPost =
  (deps: { send: Send; secrets: () => Promise<readonly string[]>; now: () => number }): DeliverDeps['post'] =>
  async ({ url, id, body, timeoutMs }) => {
    const timestampSeconds = Math.floor(deps.now() / 1_000);
    const headers = signatureHeaders(await deps.secrets(), { id, timestampSeconds, body });
    return deps.send({ url, headers, body, timeoutMs });
  };
