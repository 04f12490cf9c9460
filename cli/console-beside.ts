/** What the console's server answers beside the API: what the page cannot know from a record alone. */
import { json, problemAnswer } from '../functions/api/message.ts';
import { DetectTaskId } from '../functions/detection/input.ts';
import { fetchPicture } from './console-pictures.ts';
import type { ConsoleDeps } from './console-server.ts';
import { formatPrice, priceOf } from './price.ts';
import type { Backend } from './session.ts';

/** The first page of faces is not looked at. */
const portion = { maxFaces: 1, maxBytes: 100_000 } as const;

export function createBeside({
  api,
  simulatorUrl,
}: Pick<Backend, 'api' | 'simulatorUrl'>): ConsoleDeps['beside'] {
  return {
    async cost(id) {
      const parsed = DetectTaskId.safeParse(id);
      const page = parsed.success ? await api.records.getSome(parsed.data, portion) : undefined;
      if (typeof page !== 'object')
        return problemAnswer({ status: 404, detail: 'There is no record of this task.' });
      return json(200, { cost: formatPrice(priceOf(page.detection)) });
    },

    async simulator(path, { method }) {
      if (simulatorUrl === undefined || method !== 'GET') return undefined;
      return fetchPicture(new URL(`/${path}`, simulatorUrl));
    },
  };
}
