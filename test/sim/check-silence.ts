import { canary } from './answers.ts';
/** Promise 6: whatever others can read holds no key, no link to a face, no word of the provider's. */
import type { Check, Judge } from './check.ts';

export function checkSilence({ broken }: Judge): Check {
  const see = (task: string, where: string, text: string, secret: string): void => {
    const at = text.indexOf(secret);
    if (at !== -1) broken('silent', task, `in ${where}: ${text.slice(Math.max(at - 60, 0), at + 40)}`);
  };
  return {
    on: {
      shown: ({ where, text }) => see('', where, text, canary),
      event: ({ detail }) => see(detail.detect_task_id, 'an event', JSON.stringify(detail), canary),
      // Here the faces and the provider's words have their place; keys have none.
      item: ({ key, item = {} }) =>
        see(key.split('#')[0] ?? '', 'the record', JSON.stringify(item), `${canary}-key`),
      push: ({ task, body }) => see(task, 'a webhook', body, `${canary}-key`),
    },
  };
}
