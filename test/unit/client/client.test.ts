import { describe, expect, it } from 'vitest';

import { createClient } from '../../../client/client.ts';
import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { createService } from '../../../functions/control/service.ts';
import type { Workflow } from '../../../functions/control/workflow.ts';
import type { Detection } from '../../../functions/detection/fields.ts';
import { answerOf, facesOf, newId, ownerNamed, recordsOf, some, testClock } from '../../support/records.ts';
import { noSubmitter } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const clock = testClock();
const { records, begun, headOf } = recordsOf(table, clock);

function clientWith(changes: Partial<Workflow> = {}) {
  const stopped: string[] = [];
  const workflow: Workflow = {
    executionArn: (name) => ownerNamed(name).execution_arn,
    start: async () => 'running',
    stop: async (arn) => void stopped.push(arn),
    status: async () => 'running',
    ...changes,
  };
  const deps = { records, workflow, now: () => clock.now() };
  const client = createClient({ ...deps, service: createService(deps), submitter: noSubmitter });
  return { client, stopped };
}

describe('the client', () => {
  it.each([
    ['in the record', facesOf(2)],
    ['in pages', facesOf(500)],
  ])(
    'gives a final record with its faces joined, by whatever verb, when they are %s',
    async (_where, faces) => {
      const { client } = clientWith();
      const head = await begun();
      const { detect_task_id: id } = head;
      await records.complete(head, answerOf(faces), some);
      const got = await client.get(id);
      expect(got).toMatchObject({ status: 'succeeded', faces });
      expect(await client.start({ detect_task_id: id })).toEqual(got);
      expect(await client.wait(id)).toEqual(got);
      expect(await client.cancel(id)).toEqual(got);
    },
  );

  it('rejects an invalid id, and finds no record for an unknown one', async () => {
    const { client } = clientWith();
    await expect(client.get('a#b')).rejects.toThrow('detect_task_id: must be 1 to 64 letters');
    await expect(client.forget('')).rejects.toThrow('detect_task_id: must be 1 to 64 letters');
    await expect(client.start({ detect_task_id: 'a#b' })).rejects.toThrow(RejectedRequestError);
    await expect(client.start({ detect_task_id: 'a', deadline_seconds: 1 })).rejects.toThrow(
      'deadline_seconds: must be a whole number of seconds from 5 to 86400',
    );
    expect(table.calls()).toEqual({});
    const id = newId();
    expect([
      await client.get(id),
      await client.wait(id),
      await client.retry(id),
      await client.cancel(id),
    ]).toEqual([undefined, undefined, undefined, undefined]);
    expect(await client.forget(id)).toBe(false);
  });

  it('stops the execution of what it forgets, where that may still run', async () => {
    const { client, stopped } = clientWith();
    const open = await begun();
    const settled = await begun();
    await records.complete(settled, answerOf([]), some);
    expect([await client.forget(open.detect_task_id), await client.forget(settled.detect_task_id)]).toEqual([
      true,
      true,
    ]);
    expect(stopped).toEqual([open.execution_arn]);
  });

  it('waits for the end of an execution that runs here, without reading meanwhile', async () => {
    const head = await begun();
    const ended = async () => void (await records.complete(head, answerOf(facesOf(1)), some));
    let end: Promise<void> | undefined;
    const { client } = clientWith({ ended: () => (end ??= ended()) });
    expect(await client.wait(head.detect_task_id)).toMatchObject({ status: 'succeeded' });
    expect(table.calls()).toEqual({ UpdateItem: 1, GetItem: 1 });
  });

  it('shows the states in between where progress is shown, and stops waiting when it is aborted', async () => {
    const controller = new AbortController();
    const { client } = clientWith();
    const { detect_task_id: id } = await begun();
    const seen: Detection[] = [];
    const onRead = (detection: Detection): void => {
      seen.push(detection);
      controller.abort(new Error('enough'));
    };
    await expect(client.wait(id, { signal: controller.signal, onRead })).rejects.toThrow('enough');
    expect(seen).toMatchObject([{ status: 'starting' }]);
    expect(await client.get(id)).toMatchObject({ status: 'starting' });
  });

  it('has a webhook delivered anew, whatever became of it, under the id that it had', async () => {
    const { client } = clientWith();
    const head = await begun({ callback_url: 'https://receiver.example/faces' });
    const { detect_task_id: id } = head;
    const settled = await records.complete(head, answerOf([]), some);
    if (settled === 'conflict') throw new Error('no other writer settles it');
    const history = [{ at: new Date(clock.now()).toISOString(), status: 500 }];
    const exhausted = { id: `${id}_1_succeeded`, state: 'exhausted', attempts: 10, history } as const;
    await records.recordDelivery(settled, { ...exhausted, history }, undefined);
    const at = new Date(clock.now()).toISOString();
    expect(await client.redeliver(id)).toMatchObject({
      status: 'succeeded',
      delivery: { id: exhausted.id, state: 'pending', attempts: 0, next_at: at, history },
    });
    expect(await headOf(id)).toMatchObject({ due_at: at });
  });

  it('publishes the event first where it was not published yet', async () => {
    const { client } = clientWith();
    const head = await begun({ callback_url: 'https://receiver.example/faces' });
    await records.complete(head, answerOf([]), some);
    expect(await client.redeliver(head.detect_task_id)).not.toHaveProperty('delivery');
    const due_at = new Date(clock.now()).toISOString();
    expect(await headOf(head.detect_task_id)).toMatchObject({ due_at });
  });

  it('rejects a redelivery of an open record, of one without a webhook, and of none', async () => {
    const { client } = clientWith();
    const open = await begun({ callback_url: 'https://receiver.example/faces' });
    const silent = await begun();
    await records.complete(silent, answerOf([]), some);
    await expect(client.redeliver(open.detect_task_id)).rejects.toThrow('is not final yet');
    await expect(client.redeliver(silent.detect_task_id)).rejects.toThrow(
      'was started without a callback_url',
    );
    expect(await client.redeliver(newId())).toBeUndefined();
  });
});
