/** A second POST is a second task, so there is one for a key while the outcome of the first is not known. */
import { refusal } from '../../../local/simulator/envelope.ts';
import type { Parts } from '../parts.ts';
import { type PlantedBug, writing } from './planted-bug.ts';

/** What a bug says of the media that it has just submitted. */
const overheard = { mediaUrl: '' };
const overhearing: Parts['submit'] = ({ call }) => ({
  call(endpoint, given) {
    overheard.mediaUrl = Object.values(given.body ?? {}).join();
    return call(endpoint, given);
  },
});

/** Changes what is put of a submission. */
const claiming = (change: (input: { ConditionExpression?: string | undefined }) => void): Parts['dynamodb'] =>
  writing('PutItemCommand', (input) => {
    const { Item } = input as unknown as { Item?: Record<string, { S?: string }> };
    if (Item?.['detect_task_id']?.S?.startsWith('#submission#')) change(input);
  });

export const bugsOfSubmission: readonly PlantedBug[] = [
  {
    name: 'a POST without an answer is sent again',
    parts: {
      submit: ({ call }) => ({
        async call(...given) {
          const exchange = await call(...given);
          return exchange.kind === 'no-answer' ? call(...given) : exchange;
        },
      }),
    },
    caughtBy: 'a second POST with its key',
  },
  {
    name: 'a connection that breaks counts as one that was never made',
    parts: {
      submit: ({ call }) => ({
        async call(endpoint, { onConnect, ...given }) {
          const exchange = await call(endpoint, given);
          if (exchange.kind !== 'no-answer') onConnect?.();
          return exchange;
        },
      }),
    },
    caughtBy: 'a second POST with its key',
  },
  {
    name: 'a server that fails counts as one that rejects',
    parts: {
      submit: ({ call }) => ({
        async call(...given) {
          const exchange = await call(...given);
          const isFailing = exchange.kind === 'answered' && exchange.body.includes('"code":500');
          return isFailing ? { ...exchange, body: JSON.stringify(refusal(422)) } : exchange;
        },
      }),
    },
    caughtBy: 'submitted once: ',
  },
  {
    name: 'a key is taken whatever stands there',
    parts: {
      dynamodb: claiming((input) => {
        input.ConditionExpression += ' OR attribute_exists(#detect_task_id)';
      }),
    },
    caughtBy: 'a second POST with its key',
  },
  {
    name: 'an unknown outcome frees the key',
    parts: {
      dynamodb: writing('UpdateItemCommand', ({ ExpressionAttributeValues: values = {} }) => {
        if (values[':new_state']?.S === 'unknown') values[':new_state'] = { S: 'free' };
      }),
    },
    caughtBy: 'a second POST with its key',
  },
  {
    name: 'the line of a submission has its media in it',
    parts: {
      submit: overhearing,
      log: (log) => (line) => log('outcome' in line ? { ...line, media: overheard.mediaUrl } : line),
    },
    caughtBy: 'silent: in log',
  },
];
