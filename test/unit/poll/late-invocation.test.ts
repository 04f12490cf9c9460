/** What an invocation counts of an execution that may have ended before it began. */
import { describe, expect, it } from 'vitest';

import { invocationsTo, processing, succeeded } from '../../support/invocations.ts';
import { newId, ownerNamed } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

describe('an invocation that begins after its execution asked for it', () => {
  it.each([
    ['in time', 2_000, { executions: 1, transitions: 3, workflow_ms: 2_500 }],
    ['late', 2_001, { executions: 1, transitions: 1, workflow_ms: 0 }],
    ['much later', 100_000, { executions: 1, transitions: 1, workflow_ms: 0 }],
  ])('%s counts what that execution ran for certain', async (_when, lateMs, counted) => {
    const { clock, invokeRaw, headOf } = invocationsTo(table, [processing, succeeded([])]);
    const id = newId();
    const enteredMs = clock.now();
    clock.pass(lateMs);
    const event = { state: { detect_task_id: id }, entered_at: new Date(enteredMs).toISOString() };
    await invokeRaw({ ...event, ...ownerNamed('1') }, Infinity);
    expect(await headOf(id)).toMatchObject({ ...counted, polls: 2, lambda_ms: 500 });
  });
});
