/** Faces are personal data: kept for a while, and gone once they are to be forgotten. */
import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';

import { type PlantedBug, writing } from './planted-bug.ts';

type Item = NonNullable<PutItemCommandInput['Item']>;

/** Changes what is put: records that begin, pages and marks of what was forgotten. */
const putting = (change: (item: Item) => void): PlantedBug['parts'] => ({
  dynamodb: writing('PutItemCommand', (input) => change((input as unknown as { Item: Item }).Item)),
});
const nothing = { detect_task_id: { S: '#nothing' } };

export const bugsOfCare: readonly PlantedBug[] = [
  {
    name: 'a late invocation brings back what was forgotten',
    parts: {
      records: (records) => ({
        ...records,
        create: (head) => records.create(head, { mayReplaceTombstone: true }),
        read: async (id) => {
          const found = await records.read(id);
          return found.kind === 'forgotten' ? { kind: 'absent' } : found;
        },
      }),
    },
    caughtBy: 'begun anew after it was forgotten',
  },
  {
    name: 'the mark of what was forgotten is as good as none',
    parts: putting((item) => {
      if ('forgotten_at' in item) item['expires_at'] = { N: '1' };
    }),
    caughtBy: 'begun anew after it was forgotten',
  },
  {
    name: 'orphaned pages are left',
    parts: {
      dynamodb: writing('DeleteItemCommand', (input) => {
        input.Key = nothing;
      }),
    },
    caughtBy: 'an orphaned page is left',
  },
  {
    name: 'the last page is left',
    parts: {
      dynamodb: writing('DeleteItemCommand', (input) => {
        const [, ref = '', page] = input.Key?.['detect_task_id']?.S?.split('#') ?? [];
        if (Number(page) === Number(ref.split('.')[1]) - 1) input.Key = nothing;
      }),
    },
    caughtBy: 'an orphaned page is left',
  },
  {
    name: 'the deliveries of what was forgotten are left',
    parts: putting((item) => {
      if ('forgotten_at' in item) item['delivery'] = { M: { history: { L: [] } } };
    }),
    caughtBy: 'forgotten, but for delivery',
  },
  {
    name: 'the faces of what was forgotten are left',
    parts: putting((item) => {
      if ('forgotten_at' in item) item['faces'] = { L: [] };
    }),
    caughtBy: 'forgotten, but for faces',
  },
  {
    name: 'a record is kept for ever',
    parts: putting((item) => {
      if ('created_at' in item) delete item['expires_at'];
    }),
    caughtBy: 'is kept for ever',
  },
  {
    name: 'pages are kept for ever',
    parts: putting((item) => {
      if ('faces' in item) delete item['expires_at'];
    }),
    caughtBy: 'is kept for ever',
  },
  {
    name: 'a record is kept for as many milliseconds as it should be for seconds',
    parts: {
      dynamodb: writing('UpdateItemCommand', ({ ExpressionAttributeValues: values = {} }) => {
        const expiresAt = values[':new_expires_at']?.N;
        if (expiresAt !== undefined) values[':new_expires_at'] = { N: `${expiresAt}000` };
      }),
    },
    caughtBy: 'not kept: ',
  },
];
