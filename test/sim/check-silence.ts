/** Promise 6: whatever others can read holds no key, no link to a face, no word of the provider's. */
import { apiKey, canary, linksHost, webhookSecret } from './answers.ts';
import type { Check, Judge } from './check.ts';
import type { Item, Where } from './history.ts';
import { callersCanary } from './receiver.ts';

const keys = [apiKey, webhookSecret, webhookSecret.replace(/^whsec_/, '')];
/** The keys are searched for again: a part of one has no place either. */
const theirs = [...keys, canary, linksHost];
const everybodys = [...theirs, callersCanary];

/** Whose words are not to be there. Who starts an execution by themselves puts their own words into its input. */
const forbidden: Record<Where, readonly string[]> = {
  log: everybodys,
  metric: everybodys,
  error: everybodys,
  payload: theirs,
  answer: everybodys,
  history: theirs,
  output: everybodys,
  event: everybodys,
  input: everybodys,
  address: everybodys,
  sentence: everybodys,
  rejection: keys,
};

export function checkSilence({ broken }: Judge): Check {
  const see = (task: string, where: string, text: string, secrets: readonly string[]): void => {
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      if (at === -1) continue;
      broken('silent', task, `in ${where}: ${text.slice(Math.max(at - 60, 0), at + 40)}`);
      return;
    }
  };
  return {
    on: {
      shown: ({ where, text }) => see('', where, text, forbidden[where]),
      item({ key, item = {} }) {
        const [task = ''] = key.split('#');
        see(task, 'the record', JSON.stringify(item), keys);
        const { callback_url: _, ...rest } = withoutContent(item);
        see(task, 'a field of the record that must not hold it', JSON.stringify(rest), everybodys);
      },
      push({ task, body }) {
        see(task, 'a webhook', body, keys);
        const { data, ...rest } = JSON.parse(body) as { data: Item };
        const shown = JSON.stringify([withoutContent(data), rest]);
        see(task, 'a field of a webhook that must not hold it', shown, everybodys);
      },
    },
  };
}

/** Here the faces, the provider's words and the caller's have their places; keys have none. */
function withoutContent({ faces: _f, media_url: _u, metadata: _m, error, ...rest }: Item): Item {
  if (typeof error !== 'object') return rest;
  const { provider_code: _c, provider_message: _p, ...ours } = error as Item;
  return { ...rest, error: ours };
}
