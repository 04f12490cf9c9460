/** Promise 5: every final record is published. */
import type { PlantedBug } from './planted-bug.ts';

export const bugsOfPublishing: readonly PlantedBug[] = [
  {
    name: 'events are dropped and count as published',
    parts: { put: () => async () => {} },
    caughtBy: 'was never published',
  },
  {
    name: 'each attempt at a webhook has another id',
    parts: {
      send: (send) => (push) =>
        send({
          ...push,
          headers: {
            ...push.headers,
            'webhook-id': `${push.headers['webhook-id']}_${push.headers['webhook-timestamp']}`,
          },
        }),
    },
    caughtBy: 'which it never was',
  },
  {
    name: 'the body of a webhook says when it was sent',
    parts: {
      send: (send) => (push) =>
        send({ ...push, body: push.body.replace('{', `{"sent":${push.headers['webhook-timestamp']},`) }),
    },
    caughtBy: 'with another body',
  },
  {
    name: 'a webhook counts as delivered before it is sent',
    parts: {
      records: (records) => ({
        ...records,
        recordDelivery: (seen, delivery, dueAtMs) =>
          records.recordDelivery(
            seen,
            delivery.attempts > 0 ? { ...delivery, state: 'delivered' } : delivery,
            delivery.attempts > 0 ? undefined : dueAtMs,
          ),
      }),
    },
    caughtBy: 'delivered, but no receiver took it',
  },
];
