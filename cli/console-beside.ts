/** What the console's server answers beside the API: what the page cannot know from a record alone. */
import * as z from 'zod/mini';

import { toIndentedJson } from '../client/safe-text.ts';
import { swapCommand, swapRequest } from '../client/swap-request.ts';
import { maxFileBytes } from '../client/upload.ts';
import { UserError } from '../client/user-error.ts';
import { problemOf } from '../functions/api/fault.ts';
import { bodyOf } from '../functions/api/input.ts';
import { json, type Problem, problemAnswer } from '../functions/api/message.ts';
import { FaceIdText } from '../functions/detection/face-id.ts';
import { DetectTaskId } from '../functions/detection/input.ts';
import { fetchPicture } from './console-pictures.ts';
import type { Beside, ConsoleDeps } from './console-server.ts';
import type { Reply } from './loopback-server.ts';
import { formatPrice, priceOf } from './price.ts';
import type { Backend } from './session.ts';

/** The first page of faces is not looked at. */
const portion = { maxFaces: 1, maxBytes: 100_000 } as const;

const Swap = z.object({
  targets: z.record(FaceIdText, z.string()),
  anyway: z.optional(z.boolean()),
});
/** A URL for each of several thousand faces. */
const maxSwapBytes = 4 * 1_024 * 1_024;

type BesideBackend = Pick<Backend, 'api' | 'client' | 'simulatorUrl'>;

export function createBeside({ api, client, simulatorUrl }: BesideBackend): ConsoleDeps['beside'] {
  return {
    cost: {
      async answer(id) {
        const parsed = DetectTaskId.safeParse(id);
        const page = parsed.success ? await api.records.getSome(parsed.data, portion) : undefined;
        if (typeof page !== 'object') return noRecord;
        return json(200, { cost: formatPrice(priceOf(page.detection)) });
      },
    },

    'swap-request': post(maxSwapBytes, async (id, request) => {
      const read = bodyOf(Swap, request);
      if ('problem' in read) return problemAnswer(read.problem);
      const detection = await client.get(id);
      if (detection === undefined) return noRecord;
      const { targets, anyway } = read.value;
      const made = swapRequest(detection, targets, { anyway });
      return json(200, { json: toIndentedJson(made), curl: swapCommand(made) });
    }),

    upload: post(maxFileBytes, async (_rest, { query, body }) => {
      const name = new URLSearchParams(query).get('name') ?? '';
      const { faces: _faces, ...detection } = await client.detect({ file: { name, bytes: body } });
      return json(202, detection);
    }),

    simulator: {
      async answer(path, { method }) {
        if (simulatorUrl === undefined || method !== 'GET') return undefined;
        const url = new URL(simulatorUrl);
        // As a path alone: `//host/` would name another server.
        url.pathname = `/${path}`;
        return fetchPicture(url);
      },
    },
  };
}

const noRecord = problemAnswer({ status: 404, detail: 'There is no record of this task.' });

/** What a person can mend is said to them, as the command line says it. */
const post = (
  maxBytes: number,
  perform: (...asked: Parameters<Beside['answer']>) => Promise<Reply>,
): Beside => ({
  maxBytes,
  async answer(rest, request) {
    if (request.method !== 'POST') return undefined;
    try {
      return await perform(rest, request);
    } catch (error) {
      return problemAnswer(error instanceof UserError ? userProblem(error) : problemOf(error));
    }
  },
});

const userProblem = ({ kind, message: detail }: UserError): Problem => ({
  status: kind === 'invalid-input' ? 422 : 502,
  detail,
});
