import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { drain } from '../../../cli/drain.ts';
import { createClient } from '../../../client/client.ts';
import { createService } from '../../../functions/control/service.ts';
import { backendWith, run } from '../../support/cli-in-process.ts';
import { answerOf, facesOf, ownerNamed, recordsOf, some, testClock } from '../../support/records.ts';
import { noSubmitter } from '../../support/submitting.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const clock = testClock();
const { records, begun, completed, publish, headOf } = recordsOf(table, clock);
const workflow = {
  executionArn: (name: string) => ownerNamed(name).execution_arn,
  start: async () => 'running' as const,
  stop: async () => {},
  status: async () => 'running' as const,
};
const deps = { records, workflow, now: () => clock.now() };
const client = createClient({ submitter: noSubmitter, records, workflow: {}, service: createService(deps) });

describe('drain', () => {
  it('waits for open records, then for what is to be published, and looks twice', async () => {
    const open = await begun();
    const unpublished = await completed();
    const rounds: number[] = [];
    await drain(client, {
      cancels: false,
      report: (undone) => rounds.push(undone),
      async pause() {
        if (rounds.length === 1) await records.complete(open, answerOf(facesOf(1)), some);
        if (rounds.length === 2) {
          await publish(unpublished);
          await publish((await headOf(open.detect_task_id)) ?? open);
        }
      },
    });
    expect(rounds).toEqual([2, 2, 0, 0]);
  });

  it('cancels what is open where that is asked for', async () => {
    const open = await begun();
    const rounds: number[] = [];
    await drain(client, {
      cancels: true,
      report: (undone) => rounds.push(undone),
      pause: async () => publish((await headOf(open.detect_task_id)) ?? open),
    });
    expect(rounds.at(-1)).toBe(0);
    expect(await client.get(open.detect_task_id)).toMatchObject({ error: { code: 'CANCELLED' } });
  });

  it('is for a deployed stack alone', async () => {
    expect(await run(['drain'], { open: async () => backendWith({}, { pollsHere: true }) })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'FACE_POLLER_STACK: must name the deployed stack to drain; on one machine, watch the open tasks\n',
    });
  });

  it('ends at once when it is interrupted', async () => {
    const { code, stderr } = await run(['drain'], {
      open: async () => backendWith({ undone: () => Readable.from(['open']) }),
      signal: AbortSignal.abort(),
    });
    expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 130, first: '1 records are not done' });
  });
});
