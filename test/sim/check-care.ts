/** Faces are personal data: whatever is stored of a task says by when it is gone, and that is as soon as was said. */
import type { Check, Judge } from './check.ts';
import { defaults } from './functions.ts';

/** Sandboxes' clocks differ, and are set. */
const clocksApartSeconds = 10;

export function checkCare({ broken }: Judge): Check {
  return {
    on: {
      item({ key, item }, atMs) {
        if (item === undefined) return;
        const [task = ''] = key.split('#');
        const { expires_at } = item;
        if (typeof expires_at !== 'number') return broken('not kept', task, `${key} is kept for ever`);
        const leftSeconds = expires_at - atMs / 1_000;
        if (leftSeconds > defaults.retentionSeconds + clocksApartSeconds)
          broken('not kept', task, `${key} is kept for ${Math.round(leftSeconds)} s`);
        // A page or a mark that is gone too early is as good as none.
        if (leftSeconds <= 0) broken('not kept', task, `${key} is written, and gone already`);
      },
    },
  };
}
