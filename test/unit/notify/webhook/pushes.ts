import type { Face } from '../../../../functions/detection/types.ts';
import { createDeliver } from '../../../../functions/notify/webhook/deliver.ts';
import type { Attempted } from '../../../../functions/notify/webhook/schedule.ts';
import type { Head } from '../../../../functions/records/item.ts';
import type { Measurement } from '../../../../functions/telemetry/metrics.ts';
import { facesOf, recordsOf, testClock, testDefaults, taskId } from '../../../support/records.ts';
import type { TestTable } from '../../../support/table.ts';

export const url = 'https://receiver.example/faces';

/** Deliveries to a receiver that gives one answer after the other; the last repeats. */
export function pushesTo(table: TestTable, answers: readonly Attempted[]) {
  const clock = testClock();
  const records = recordsOf(table, clock, { ...testDefaults });
  const pushed: { url: string; id: string; body: string; atMs: number }[] = [];
  const lines: unknown[] = [];
  const measured: Measurement[] = [];
  let beforePost: (() => unknown) | undefined;
  let canSign = true;
  const deliver = createDeliver({
    records: records.records,
    async ready() {
      if (!canSign) throw new Error('no secret is stored');
    },
    async post({ url: to, id, body }) {
      pushed.push({ url: to, id, body, atMs: clock.now() });
      await beforePost?.();
      return answers[Math.min(pushed.length, answers.length) - 1] ?? { status: 204 };
    },
    clock,
    random: () => 0.5,
    log: (line) => lines.push(line),
    measure: (...value) => measured.push(value),
  });
  return {
    ...records,
    clock,
    pushed,
    lines,
    measured,
    deliver: (detectTaskId: string, publishedId?: string) => deliver(taskId(detectTaskId), publishedId),
    beforePost: (act: () => unknown) => (beforePost = act),
    letSign: (can: boolean) => (canSign = can),
    /** A published final record. */
    published: async (faces: Face[] = facesOf(2)): Promise<Head> => {
      const settled = await records.completed({ callback_url: url }, faces);
      await records.publish(settled);
      return records.headOf(settled.detect_task_id);
    },
  };
}
