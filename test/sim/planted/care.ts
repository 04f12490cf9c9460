/** Faces are personal data: kept for a while, and gone once they are to be forgotten. */
import { type PlantedBug, writing } from './planted-bug.ts';

export const bugsOfCare: readonly PlantedBug[] = [
  {
    name: 'a late visit brings back what was forgotten',
    parts: {
      store: (store) => ({
        ...store,
        create: (head) => store.create(head, { mayReplaceTombstone: true }),
        read: async (id) => {
          const found = await store.read(id);
          return found.kind === 'forgotten' ? { kind: 'absent' } : found;
        },
      }),
    },
    caughtBy: 'begun anew after it was forgotten',
  },
  {
    name: 'pages that nobody needs are left',
    parts: {
      dynamodb: writing('DeleteItemCommand', (input) => {
        input.Key = { detect_task_id: { S: '#nothing' } };
      }),
    },
    caughtBy: 'a page that belongs to nobody is left',
  },
];
