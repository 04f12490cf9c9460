/** Promises 1 and 2: one answer, and the provider's. */
import { type PlantedBug, writing } from './planted-bug.ts';

export const bugsOfAnswers: readonly PlantedBug[] = [
  {
    name: 'an answer is written whatever stands there',
    parts: {
      dynamodb: writing('UpdateItemCommand', (input) => {
        const { ':new_status': status } = input.ExpressionAttributeValues ?? {};
        if (status?.S === 'succeeded') input.ConditionExpression += ' OR attribute_exists(#status)';
      }),
      records: (records) => ({
        ...records,
        // The first invocation of each task does not see what another one has written meanwhile.
        read: async (id) => {
          const found = await records.read(id);
          const isLate =
            found.kind === 'head' && found.head.status === 'succeeded' && found.head.due_at !== undefined;
          return isLate ? { ...found, head: { ...found.head, status: 'processing' } } : found;
        },
      }),
    },
    caughtBy: 'one answer: succeeded, then written again as succeeded',
  },
  {
    name: 'a face is lost',
    parts: {
      records: (records) => ({
        ...records,
        complete: (head, answer, accounting) =>
          records.complete(
            head,
            answer.kind === 'succeeded' ? { ...answer, faces: answer.faces.slice(1) } : answer,
            accounting,
          ),
      }),
    },
    caughtBy: 'with what no single response said',
  },
  {
    name: 'faces come in another order',
    parts: {
      records: (records) => ({
        ...records,
        complete: (head, answer, accounting) =>
          records.complete(
            head,
            answer.kind === 'succeeded' ? { ...answer, faces: answer.faces.toReversed() } : answer,
            accounting,
          ),
      }),
    },
    caughtBy: 'with what no single response said',
  },
  {
    name: 'an outage is taken for the answer',
    parts: {
      records: (records) => ({
        ...records,
        abandon: (head, _, accounting) =>
          records.complete(head, { kind: 'failed', code: 'DETECTION_FAILED', provider: {} }, accounting),
      }),
    },
    caughtBy: 'failed with DETECTION_FAILED, which the provider did not say',
  },
  {
    name: 'the contract is called broken though the provider is at work',
    parts: {
      records: (records) => ({
        ...records,
        abandon: (head, error, accounting) =>
          records.abandon(head, { ...error, code: 'CONTRACT_VIOLATION' }, accounting),
      }),
    },
    caughtBy: 'CONTRACT_VIOLATION, but it had answered',
  },
];
