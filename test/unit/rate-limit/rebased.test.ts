import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';

import { toItem } from '../../../functions/records/item.ts';
import { tableName } from '../../../local/table.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { limitersOf } from './limiters.ts';

const table = await openSuiteTable();
const hourMs = 3_600_000;

function limiters() {
  const opened = limitersOf(table, 2);
  const { clock } = opened;
  return {
    ...opened,
    reserve: (options: Parameters<typeof opened.process>[0] = {}) =>
      opened.process(options).reserve('task', clock.now() + (options.aheadMs ?? 0) + hourMs),
  };
}

describe('a limit that is corrected', () => {
  it('is not, while clocks and rates agree', async () => {
    const { reserve, rebased } = limiters();
    for (let index = 0; index < 20; index++) await reserve();
    expect(rebased).toEqual([]);
  });

  it('is reported once after a clock from the future', async () => {
    const { reserve, rebased } = limiters();
    await reserve({ aheadMs: 2 * hourMs });
    await reserve();
    await reserve();
    expect(rebased).toEqual(['clock']);
  });

  it('is reported once after a change of the rate', async () => {
    const { reserve, rebased } = limiters();
    await reserve();
    await reserve({ perSecond: 5 });
    await reserve({ perSecond: 5 });
    expect(rebased).toEqual(['rate']);
  });

  it('is reported where it holds a queue that no deadline explains', async () => {
    const { reserve, rebased, name, clock } = limiters();
    await reserve();
    const tat = (clock.now() + 48 * hourMs) * 1_000;
    await put(name, { tat, written_at_us: clock.now() * 1_000, interval_us: 500_000 });
    await reserve();
    expect(rebased).toEqual(['bounds']);
  });

  it('is reported where no limiter wrote it', async () => {
    const { reserve, rebased, name } = limiters();
    await put(name, { tat: 'soon' });
    await reserve();
    expect(rebased).toEqual(['unreadable']);
  });
});

const put = (name: string, item: Record<string, unknown>) =>
  table.client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: toItem({ detect_task_id: `#rate#${name}#0`, ...item }),
    }),
  );
