/** Promise 6: no key, link or word where others can read it. */
import type { Exchange } from '../../../functions/crun/client.ts';
import { apiKey, canary } from '../answers.ts';
import type { Parts } from '../parts.ts';
import { type PlantedBug, writing } from './planted-bug.ts';

/** What a bug says that the provider has just said. */
function overheard(): Pick<Parts, 'crun'> & { body: string; link: string } {
  const heard = {
    body: '',
    link: '',
    crun: (crun: Parameters<Parts['crun']>[0]) => ({
      async getResult(...call: Parameters<typeof crun.getResult>): Promise<Exchange> {
        const exchange = await crun.getResult(...call);
        if (exchange.kind === 'answered') heard.body = exchange.body;
        heard.link = /https:[^"]+/.exec(heard.body)?.[0] ?? heard.link;
        return exchange;
      },
    }),
  };
  return heard;
}
const inLine = overheard();
const inMetric = overheard();
const inOutput = overheard();
const inSentence = overheard();

/** The answer cannot be read, and the error that says so keeps it. */
const failing: Parts['crun'] = (crun) => ({
  async getResult(...call) {
    const exchange = await crun.getResult(...call);
    if (exchange.kind === 'answered' && exchange.httpStatus >= 500)
      throw new Error('the provider failed', { cause: new Error(exchange.body) });
    return exchange;
  },
});
/** What is thrown is thrown as it is. */
const unguarded: Parts['thrown'] = () => (error) => error as Error;

export const bugsOfSilence: readonly PlantedBug[] = [
  {
    name: 'the event has the links in it',
    parts: {
      put: (put) => (event) =>
        put({ ...event, detail: { ...event.detail, link: `https://cdn.crun.example/${canary}` } as never }),
    },
    caughtBy: 'silent: in event',
  },
  {
    name: 'the state has the faces in it',
    parts: {
      poll: (poll) => async (event, endsAtMs) => {
        const answer = await poll(event, endsAtMs);
        return answer.next === 'settled'
          ? { ...answer, output: { ...answer.output, faces: [canary] } as never }
          : answer;
      },
    },
    caughtBy: 'silent: in answer',
  },
  {
    name: 'a line of the log has the link to a face in it',
    parts: { crun: inLine.crun, log: (log) => (line) => log({ ...line, link: inLine.link }) },
    caughtBy: 'silent: in log',
  },
  {
    name: 'a metric has the link to a face for its dimension',
    parts: {
      crun: inMetric.crun,
      measure:
        (measure) =>
        (...[, value]) =>
          measure('polls', value, inMetric.link as 'pending'),
    },
    caughtBy: 'silent: in metric',
  },
  {
    name: 'an error has the answer for its cause',
    parts: { crun: failing, thrown: unguarded },
    caughtBy: 'silent: in error',
  },
  {
    name: 'an error says the answer in its message, which the history keeps',
    parts: {
      crun: failing,
      thrown: () => (error) => Object.assign(error as Error, { message: String((error as Error).cause) }),
    },
    caughtBy: 'silent: in history',
  },
  {
    name: 'the output of an execution has the answer in it',
    parts: {
      crun: inOutput.crun,
      poll: (poll) => async (event, endsAtMs) => {
        const answer = await poll(event, endsAtMs);
        if (answer.next !== 'settled') return answer;
        return { ...answer, output: { ...answer.output, answer: inOutput.body } as never };
      },
    },
    caughtBy: 'silent: in output',
  },
  {
    name: 'the sentence for a code is what the provider said',
    parts: {
      crun: inSentence.crun,
      dynamodb: writing('UpdateItemCommand', ({ ExpressionAttributeValues: values = {} }) => {
        const error = values[':new_error']?.M;
        if (error?.['provider_message'] !== undefined) error['message'] = { S: inSentence.body };
      }),
    },
    caughtBy: 'silent: in a field of the record',
  },
  {
    name: 'a webhook carries the key of the provider',
    parts: {
      send: (send) => (push) => send({ ...push, headers: { ...push.headers, 'x-api-key': apiKey } as never }),
    },
    caughtBy: 'silent: in address',
  },
  {
    name: 'a webhook says where it was sent',
    parts: {
      send: (send) => (push) => send({ ...push, body: push.body.replace('{', `{"to":"${push.url}",`) }),
    },
    caughtBy: 'silent: in a field of a webhook',
  },
];
