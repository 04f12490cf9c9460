import { describe, expect, it } from 'vitest';

import { errorCodes } from '../../functions/detection/error-codes.ts';
import { fields } from '../../functions/detection/fields.ts';
import { errorCodeTable, recordTable } from '../../tools/tables.ts';

const cellsOf = (table: string) =>
  table
    .trim()
    .split('\n')
    .map((row) => row.split(' | ').length);

describe('the tables of the documents', () => {
  it('have a row for each attribute and each code, and as many cells in each', () => {
    const tables = [recordTable(), recordTable('internal'), errorCodeTable()];
    expect(tables.map((table) => new Set(cellsOf(table.replace(/^\|(---\|)+\n/m, ''))))).toEqual([
      new Set([5]),
      new Set([5]),
      new Set([3]),
    ]);
    expect(cellsOf(tables.join(''))).toHaveLength(
      Object.keys(fields).length + Object.keys(errorCodes).length + 3 * 2,
    );
  });

  it('say type, presence and audience of an attribute', () => {
    expect(recordTable()).toContain(
      '| `provider_started_at` | string or number | sometimes, when succeeded | yes | ',
    );
    expect(recordTable()).toContain('| `callback_url` | string | sometimes | no | ');
    expect(recordTable()).not.toContain('due_at');
    expect(recordTable('internal')).toContain('| `due_at` | string | sometimes | no | ');
  });

  it('say that a retry follows the advice where a detection was abandoned', () => {
    expect(errorCodeTable()).toMatch(
      /^\| `INSUFFICIENT_CREDITS` \| abandoned \| buy credits, then `retry` \|$/m,
    );
    expect(errorCodeTable()).toMatch(/^\| `INVALID_TASK` \| failed \| check the id \|$/m);
  });
});
