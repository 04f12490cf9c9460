/** A record whose times come from a clock that was wrong: the first invocation sets them by its own. */
import { describe, expect, it } from 'vitest';

import { newHead } from '../../../functions/records/head.ts';
import { invocationsTo, processing, succeeded } from '../../support/invocations.ts';
import { newId, noonMs, ownerNamed, testDefaults } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const hour = 3_600_000;
const day = 24 * hour;
const given = { callback_url: 'https://me.example/hook', metadata: { order: 7 } };

/** A record as a caller writes it whose clock is off by so much, with its first execution about to begin. */
async function startedBy(offMs: number, isExpress = false) {
  const invocations = invocationsTo(table, [processing, succeeded([])]);
  const id = newId();
  const name = `1-${id}`;
  const holder = ownerNamed(name);
  // The whole ARN of an Express execution is known only once it runs.
  const expected = isExpress ? { ...holder, execution_arn: holder.execution_arn } : holder;
  const head = newHead({ detect_task_id: id, ...given }, expected, testDefaults, noonMs + offMs);
  await invocations.records.create(head, { mayReplaceTombstone: true });
  const invoke = () =>
    invocations.invokeRaw(
      {
        state: { detect_task_id: id },
        entered_at: new Date(noonMs).toISOString(),
        execution_name: name,
        execution_arn: isExpress ? `${holder.execution_arn}:unique` : holder.execution_arn,
      },
      Infinity,
    );
  return { ...invocations, id, head, invoke };
}

describe('the first invocation', () => {
  it.each([
    ['two hours behind', -2 * hour, false],
    ['two hours behind, on Express', -2 * hour, true],
    ['forty days behind', -40 * day, false],
    ['forty days behind, on Express', -40 * day, true],
    ['an hour ahead', hour, false],
    ['a year ahead', 365 * day, false],
    ['a year ahead, on Express', 365 * day, true],
  ])('polls with a whole deadline where the caller was %s', async (_how, offMs, isExpress) => {
    const { id, invoke, headOf, asked } = await startedBy(offMs, isExpress);
    expect(await invoke()).toMatchObject({ next: 'settled' });
    expect(asked).toHaveLength(2);
    expect(await headOf(id)).toMatchObject({
      ...given,
      status: 'succeeded',
      attempt: 1,
      created_at: new Date(noonMs).toISOString(),
      deadline_at: new Date(noonMs + hour).toISOString(),
      usable_until: new Date(noonMs + hour).toISOString(),
    });
  });

  it('keeps the times of a record that is merely some minutes old', async () => {
    const { id, invoke, headOf, head } = await startedBy(-10 * 60_000);
    await invoke();
    const { created_at, deadline_at } = head;
    expect(await headOf(id)).toMatchObject({ created_at, deadline_at });
  });

  it('that comes late to an execution that began in time gives no second deadline', async () => {
    const { id, invoke, headOf, head, clock } = await startedBy(-1);
    clock.pass(2 * hour);
    expect(await invoke()).toMatchObject({ next: 'abandoned' });
    expect(await headOf(id)).toMatchObject({ deadline_at: head.deadline_at, polls: 0 });
  });

  it('gives no second deadline to an attempt that has begun', async () => {
    const { id, invoke, headOf, head, clock, records } = await startedBy(0);
    await records.progress(head, { status: 'processing', polls: 3 });
    clock.pass(2 * hour);
    expect(await invoke()).toMatchObject({ next: 'abandoned' });
    expect(await headOf(id)).toMatchObject({ status: 'abandoned', deadline_at: head.deadline_at });
  });

  it('of another execution leaves such a record to its own', async () => {
    const { id, invokeRaw, headOf, head, asked } = await startedBy(365 * day);
    const rival = ownerNamed('rival');
    expect(await invokeRaw({ state: { detect_task_id: id }, ...rival }, Infinity)).toMatchObject({
      next: 'wait',
    });
    expect(asked).toEqual([]);
    expect(await headOf(id)).toEqual(head);
  });

  it('yields to a write that comes first', async () => {
    const { id, invoke, headOf, head, records } = await startedBy(-2 * hour);
    table.before('UpdateItem', () => records.progress(head, { status: 'processing', polls: 3 }));
    expect(await invoke()).toMatchObject({ next: 'abandoned' });
    expect(await headOf(id)).toMatchObject({ deadline_at: head.deadline_at });
  });
});
