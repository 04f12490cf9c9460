/** Pictures outlive the setting that archived them. */
import { describe, expect, it } from 'vitest';

import { startsOn } from '../../support/engine.ts';
import { openSuiteTable } from '../../support/suite-table.ts';
import { archivesOn } from './archives.ts';

const table = await openSuiteTable();

describe('an archive that is switched off', () => {
  it('keeps a record whose pictures it cannot delete, and says what to do', async () => {
    const on = archivesOn(table);
    const head = await on.settled(2);
    const id = head.detect_task_id;
    await on.archive(id);
    await expect(startsOn(table).forget(id)).rejects.toMatchObject({
      kind: 'conflict',
      field: 'archive',
      message: `archive: the pictures of ${id} are in the bucket of an archive that is switched off; deploy with archive.bucket, that bucket, and forget it then`,
    });
    expect(await on.records.get(id)).toMatchObject({ status: 'succeeded' });
    await on.records.forget(id);
    expect(on.keys()).toEqual([]);
  });

  it('forgets a record without pictures', async () => {
    const on = archivesOn(table, { archives: false });
    const { detect_task_id } = await on.settled(2);
    expect(await startsOn(table).forget(detect_task_id)).toBe(true);
  });
});
