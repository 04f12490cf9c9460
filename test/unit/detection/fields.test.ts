import { describe, expect, it } from 'vitest';

import { fieldNames, fields, toDetection } from '../../../functions/detection/fields.ts';
import { newHead } from '../../../functions/records/head.ts';
import type { Head } from '../../../functions/records/item.ts';
import { byStatus, due, expiry, key } from '../../../functions/records/table.ts';
import {
  facesOf,
  noonMs,
  ownerNamed,
  recordsOf,
  taskId,
  testClock,
  testDefaults,
} from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

describe('the fields of the record', () => {
  it.each(Object.entries(fields))('are described in one sentence: %s', (_name, { description }) => {
    expect(description).toMatch(/^[`A-Z].{8,110}\.$/);
  });

  it('include the keys of the table and of its indexes', () => {
    const keys = [key, expiry, ...[byStatus, due].flatMap((index) => [index.partitionKey, index.sortKey])];
    expect(fieldNames).toEqual(expect.arrayContaining(keys));
  });
});

describe('the record as readers see it', () => {
  const head = newHead({ detect_task_id: taskId('a') }, ownerNamed('1-a'), testDefaults, noonMs);
  const internal = fieldNames.filter((name) => fields[name].audience === 'internal');
  const shown = fieldNames.filter((name) => !internal.includes(name));

  it('has the attributes in the order of the table, whatever order they are stored in', () => {
    const stored = { ...Object.fromEntries(fieldNames.toReversed().map((name) => [name, 1])), ...head };
    expect(Object.keys(toDetection(stored, []))).toEqual(shown);
  });

  it('has nothing internal and nothing that is absent', () => {
    expect(internal).toContain('due_at');
    expect(Object.keys(toDetection({ ...head, metadata: undefined }, undefined))).toEqual(
      shown.filter((name) => name in head),
    );
    expect(toDetection({ ...head, faces: facesOf(1) }, undefined)).not.toHaveProperty('faces');
  });
});

describe('the record as it is stored', () => {
  it('has no attribute that the table of fields lacks', async () => {
    const { completed, abandoned, publish, headOf } = recordsOf(table, testClock());
    const input = { callback_url: 'https://receiver.example/faces', metadata: { a: 1 } };
    const heads = [
      await completed(input),
      await completed(input, facesOf(300)),
      await abandoned(input),
      await completed(),
    ];
    await publish(heads[0] as Head);
    const stored = await Promise.all(heads.map(({ detect_task_id }) => headOf(detect_task_id)));
    const known: readonly string[] = fieldNames;
    expect(stored.flatMap((head) => Object.keys(head).filter((name) => !known.includes(name)))).toEqual([]);
  });

  const present: Record<string, (on: ReturnType<typeof recordsOf>) => Promise<Head>> = {
    always: ({ begun }) => begun(),
    final: ({ abandoned }) => abandoned(),
    succeeded: ({ completed }) => completed(),
    unsuccessful: ({ abandoned }) => abandoned(),
  };
  it.each(fieldNames.filter((name) => fields[name].presence in present))(
    'has what the table of fields says is there: %s',
    async (name) => {
      const head = await present[fields[name].presence]?.(recordsOf(table, testClock()));
      expect(head).toHaveProperty(name);
    },
  );

  const sometimes = fieldNames.filter(
    (name) => fields[name].audience !== 'internal' && fields[name].presence.startsWith('some'),
  );
  it('has what some records have, where everything is given and on', async () => {
    const { completed, publish, headOf } = recordsOf(table, testClock(), { ...testDefaults, archives: true });
    const { detect_task_id } = await completed({
      callback_url: 'https://receiver.example/faces',
      media_type: 'image',
      media_url: 'https://media.example/a.jpg',
      metadata: { a: 1 },
      submitted_at: '2026-11-22T11:59:00Z',
    });
    await publish(await headOf(detect_task_id));
    const head = await headOf(detect_task_id);
    expect(sometimes.filter((name) => head[name] === undefined)).toEqual([]);
  });
});
