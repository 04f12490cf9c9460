import { expect, it } from 'vitest';

import { createService } from '../../functions/control/service.ts';
import { deliveryId } from '../../functions/detection/types.ts';
import type { DetectionEvent } from '../../functions/notify/event.ts';
import { publishHere } from '../../local/service.ts';
import { createEngine } from '../support/engine.ts';
import { recordsOf, testClock } from '../support/records.ts';
import { openSuiteTable } from '../support/suite-table.ts';

const table = await openSuiteTable();

it('publishes a record before its webhook is redelivered: only its own event begins a delivery', async () => {
  const clock = testClock();
  const { records, completed } = recordsOf(table, clock);
  const events: DetectionEvent[] = [];
  const put = async (event: DetectionEvent): Promise<void> => void events.push(event);
  const service = publishHere(
    createService({ records, workflow: createEngine().workflow, now: () => clock.now() }),
    {
      records,
      put,
    },
  );
  const head = await completed({ callback_url: 'https://hooks.example/' });
  await service.redeliver(head.detect_task_id);
  expect(events).toMatchObject([{ detail: { id: deliveryId(head), has_callback: true } }]);
  await service.redeliver(head.detect_task_id);
  expect(events.slice(1)).toMatchObject([{ detailType: 'Face Detection Delivery Due' }]);
});
