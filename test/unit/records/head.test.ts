import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ExecutionInput } from '../../../functions/detection/input.ts';
import { conflictingField } from '../../../functions/records/conflicting-field.ts';
import { dueAt, newHead } from '../../../functions/records/head.ts';
import { found, fromItem, toItem } from '../../../functions/records/item.ts';
import { noonMs, ownerNamed, testDefaults, taskId } from '../../support/records.ts';

const minute = 60_000;
const at = (ms: number): string => new Date(noonMs + ms).toISOString();
const headOf = (input: Partial<ExecutionInput> = {}) =>
  newHead({ detect_task_id: taskId('task'), ...input }, ownerNamed('1-task'), testDefaults, noonMs);

describe('a new record', () => {
  it('is starting, held, due in five minutes, and kept for its retention', () => {
    expect(headOf()).toEqual({
      detect_task_id: 'task',
      status: 'starting',
      status_shard: 'starting#0',
      ...ownerNamed('1-task'),
      deadline_seconds: 3_600,
      deadline_at: at(60 * minute),
      due_at: at(5 * minute),
      due_shard: 0,
      polls: 0,
      invocations: 0,
      transitions: 0,
      lambda_ms: 0,
      executions: 0,
      workflow_ms: 0,
      created_at: at(0),
      updated_at: at(0),
      usable_until: at(60 * minute),
      usable_until_assumed: true,
      expires_at: noonMs / 1_000 + 30 * 86_400,
    });
  });

  it('keeps the parameters of the caller as given', () => {
    const caller = {
      media_url: 'https://media.example/a.jpg',
      callback_url: 'https://hook.example/',
      submitted_at: '2026-11-22T13:30+01:30',
      metadata: { order: 7 },
    };
    expect(headOf({ ...caller, deadline_seconds: 90 })).toMatchObject({ ...caller, deadline_seconds: 90 });
  });

  it.each([
    ['the default', {}, 3_600],
    ["the caller's own", { deadline_seconds: 90 }, 90],
    ["the caller's own, also past the hour", { deadline_seconds: 7_200, submitted_at: at(0) }, 7_200],
    ['the end of the hour since the submission', { submitted_at: at(-20 * minute) }, 2_400],
    ['whole seconds within that hour', { submitted_at: at(-20 * minute - 1) }, 2_399],
    ['five seconds where less is left of that hour', { submitted_at: at(-60 * minute + 1_000) }, 5],
    ['the default where that hour is over', { submitted_at: at(-60 * minute) }, 3_600],
    ['the default where the submission is in the future', { submitted_at: at(20 * minute) }, 3_600],
  ])('has as its deadline %s', (_which, input, seconds) => {
    expect(headOf(input)).toMatchObject({ deadline_seconds: seconds, deadline_at: at(seconds * 1_000) });
  });

  it('is usable for an hour from its submission, or assumed from its creation', () => {
    expect(headOf({ submitted_at: '2026-11-22T12:50:00+01:00' })).toMatchObject({
      usable_until: at(50 * minute),
      usable_until_assumed: false,
    });
  });

  it('is due five minutes after its next step, and never after the deadline', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e8 }), fc.integer({ min: 0, max: 1e8 }), (need, deadline) => {
        expect(dueAt(noonMs + need, at(deadline))).toBe(at(Math.min(need + 5 * minute, deadline)));
      }),
    );
  });
});

describe('a second start', () => {
  const first = {
    media_url: 'https://media.example/a.jpg',
    callback_url: 'https://hook.example/',
    submitted_at: '2026-11-22T12:00:00Z',
    deadline_seconds: 90,
    metadata: { a: 1, b: { c: [1, 2], d: null } },
  };
  const conflict = (input: Partial<ExecutionInput>) =>
    conflictingField(headOf(first), { detect_task_id: taskId('task'), ...input });

  it.each([
    ['nothing else', {}],
    ['the same', first],
    ['one field of the same', { media_url: first.media_url }],
    ['the same instant in another zone', { submitted_at: '2026-11-22T07:30:00.000-04:30' }],
    ['the same metadata in another order', { metadata: { b: { d: null, c: [1, 2] }, a: 1 } }],
  ])('agrees with the first when it gives %s', (_what, input) => {
    expect(conflict(input)).toBeUndefined();
  });

  it.each([
    ['media_url', 'https://media.example/b.jpg'],
    ['callback_url', 'https://hook.example'],
    ['submitted_at', '2026-11-22T12:00:00.001Z'],
    ['deadline_seconds', 91],
    ['metadata', {}],
    ['metadata', { a: '1', b: { c: [1, 2], d: null } }],
    ['metadata', { a: 1, b: { c: [2, 1], d: null } }],
  ])('conflicts in %s with %j', (field, value) => {
    expect(conflict({ [field]: value })).toBe(field);
  });

  it.each(['media_url', 'callback_url', 'submitted_at', 'metadata'] as const)(
    'conflicts in %s where the first had none',
    (field) => {
      expect(conflictingField(headOf(), { detect_task_id: taskId('task'), [field]: first[field] })).toBe(
        field,
      );
    },
  );
});

describe('an open record', () => {
  it.each([1, 2, 30])('kept for %d days outlasts the longest deadline by a day at least', (days) => {
    const retentionSeconds = days * 86_400;
    const input = { detect_task_id: taskId('task'), deadline_seconds: 86_400 };
    const head = newHead(input, ownerNamed('1-task'), { ...testDefaults, retentionSeconds }, noonMs);
    expect(head.expires_at).toBe(noonMs / 1_000 + Math.max(retentionSeconds, 2 * 86_400));
  });
});

describe('an item', () => {
  const seconds = noonMs / 1_000;

  it.each([
    ['absent', undefined],
    ['absent', { expires_at: seconds }],
    ['absent', { expires_at: seconds, forgotten_at: at(0) }],
    ['forgotten', { expires_at: seconds + 1, forgotten_at: at(0) }],
    ['head', { expires_at: seconds + 1 }],
  ])('is %s when it holds %j', (kind, item) => {
    expect(found(item && toItem(item), noonMs).kind).toBe(kind);
  });

  it('is read as it was stored, for any accepted metadata', () => {
    const json = fc
      .jsonValue({ maxDepth: 5 })
      .filter((value) => !/"(__proto__|constructor)?":/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(json, (value) => {
        expect(fromItem(toItem({ value }))).toEqual({ value: JSON.parse(JSON.stringify(value)) as unknown });
      }),
    );
  });

  it('keeps numbers beyond 2^53', () => {
    const numbers = { a: 1e20, b: -9.9e124, c: 2 ** 53, d: 1.1e-129 };
    expect(fromItem(toItem(numbers))).toEqual(numbers);
  });
});
