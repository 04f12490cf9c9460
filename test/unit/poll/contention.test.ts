import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { policyOf } from '../../../functions/poll/policy.ts';
import { openTable } from '../../support/table.ts';
import { newId, ownerNamed, testClock } from '../../support/records.ts';
import { processing, type Reply, starting, visitsTo } from './visits.ts';

const table = await openTable();
afterAll(() => table.close());
beforeEach(() => table.reset());

const minute = 60_000;
type Visits = ReturnType<typeof visitsTo>;

/** So many takings over find that another execution was a moment earlier, and was never heard of again. */
function outrun(visits: Visits, id: string, times: number): void {
  if (times === 0) return;
  table.before('UpdateItem', async () => {
    await visits.store.takeOver(await visits.headOf(id), ownerNamed(`rival-${times}`));
    visits.clock.pass(6 * minute);
    outrun(visits, id, times - 1);
  });
}

/** Overdue, and taken over so many times before the next visit can. */
async function overdue(visits: Visits, times: number): Promise<string> {
  const { detect_task_id: id } = await visits.begun({ deadline_seconds: 86_400 }, ownerNamed('owner'));
  visits.clock.pass(6 * minute);
  outrun(visits, id, times);
  return id;
}

/** A visit of an execution that began so long ago. */
const late = (visits: Visits, name: string, id: string, ageMs: number) =>
  visits.invoke(
    {
      state: { detect_task_id: id },
      ...ownerNamed(name),
      entered_at: new Date(visits.clock.now() - ageMs).toISOString(),
    },
    Infinity,
  );

describe('a first visit', () => {
  it('is a rival of the one that began the record a moment earlier', async () => {
    const visits = visitsTo(table, [processing]);
    const id = newId();
    table.before('PutItem', () => visits.begun({ detect_task_id: id }, ownerNamed('owner')));
    expect(await visits.visit('1', { detect_task_id: id })).toMatchObject({ next: 'wait', polls: 0 });
    expect(visits.asked).toEqual([]);
  });

  it('of one of several executions of a name asks nobody where another one was a moment earlier', async () => {
    const visits = visitsTo(table, [processing], { policy: policyOf('EXPRESS') });
    const id = newId();
    const execution_name = `1-${id}`;
    const name = `arn:aws:states:us-east-1:123456789012:express:poller:${execution_name}`;
    const head = await visits.begun(
      { detect_task_id: id },
      { attempt: 1, execution_name, execution_arn: name },
    );
    table.before('UpdateItem', () => visits.store.begin(head, `${name}:first`));
    const state = { detect_task_id: id };
    const second = { state, execution_name, execution_arn: `${name}:second` };
    expect(await visits.invoke(second, Infinity)).toMatchObject({ next: 'wait', polls: 0 });
    expect(visits.asked).toEqual([]);
    expect(await visits.headOf(id)).toMatchObject({ execution_arn: `${name}:first` });
    const first = { state, execution_name, execution_arn: `${name}:first` };
    await visits.invoke(first, Infinity);
    expect(visits.asked.length).toBeGreaterThan(0);
  });
});

describe('a visit', () => {
  it('waits for whoever took the record over a moment earlier', async () => {
    const visits = visitsTo(table, [processing]);
    const head = await visits.begun({}, ownerNamed('owner'));
    visits.clock.pass(6 * minute);
    table.before('UpdateItem', () => visits.store.takeOver(head, ownerNamed('rival')));
    const { detect_task_id } = head;
    expect(await visits.visit('1', { detect_task_id })).toMatchObject({ next: 'wait', polls: 0 });
    expect(visits.asked).toEqual([]);
  });

  it('loses nine races for its record and goes on, and gives the visit up with the tenth', async () => {
    const [nine, ten] = [visitsTo(table, [processing]), visitsTo(table, [processing])];
    const won = await overdue(nine, 9);
    expect(await nine.visit('1', { detect_task_id: won })).toMatchObject({ next: 'wait' });
    expect(nine.asked.length).toBeGreaterThan(0);
    const lost = await overdue(ten, 10);
    await expect(ten.visit('1', { detect_task_id: lost })).rejects.toThrow(
      `${lost}: lost 10 races for its record in one visit`,
    );
    expect(ten.asked).toEqual([]);
  });

  it('asks nobody for what was cancelled while it renewed its claim', async () => {
    const visits = visitsTo(table, [processing]);
    const { detect_task_id: id } = await visits.begun({}, ownerNamed('1'));
    visits.clock.pass(5 * minute);
    table.before('UpdateItem', () => visits.store.cancel(id, detectionError('CANCELLED')));
    expect(await visits.visit('1', { detect_task_id: id })).toMatchObject({
      next: 'abandoned',
      error: { code: 'CANCELLED' },
    });
    expect(visits.asked).toEqual([]);
  });

  it.each([
    [
      'cancelled',
      (visits: Visits, id: string) => visits.store.cancel(id, detectionError('CANCELLED')),
      'abandoned',
    ],
    ['forgotten', (visits: Visits, id: string) => visits.forget(id), 'abandoned'],
    [
      'taken over',
      async (visits: Visits, id: string) =>
        visits.store.takeOver(await visits.headOf(id), ownerNamed('rival')),
      'wait',
    ],
  ] as const)('of minutes notices within half a minute that its task was %s', async (_what, act, next) => {
    const clock = testClock();
    let actedMs = Infinity;
    const reply: Reply = async (asked) => {
      if (visits.asked.length === 3) {
        actedMs = clock.now();
        await act(visits, asked.detectTaskId);
      }
      return starting(asked);
    };
    const visits: Visits = visitsTo(table, [reply], { policy: policyOf('STANDARD'), clock });
    const { detect_task_id: id } = await visits.begun({}, ownerNamed('1'));
    expect(await visits.visit('1', { detect_task_id: id })).toMatchObject({ next });
    const askedLastMs = visits.asked.at(-1)?.atMs ?? 0;
    expect(askedLastMs).toBeGreaterThan(actedMs);
    expect(askedLastMs - actedMs).toBeLessThanOrEqual(30_000);
  });
});

describe('a leg', () => {
  const policy = policyOf('EXPRESS');
  it('of a rival ends with the record as it stands', async () => {
    const visits = visitsTo(table, [processing], { policy });
    const { detect_task_id: id } = await visits.begun({}, ownerNamed('owner'));
    expect(await late(visits, 'rival', id, 0)).toMatchObject({ next: 'wait' });
    expect(await late(visits, 'rival', id, 5 * minute)).toMatchObject({
      next: 'settled',
      output: { detect_task_id: id, status: 'starting' },
    });
    expect(visits.asked).toEqual([]);
  });

  it('hands nothing over that was cancelled a moment earlier', async () => {
    const visits = visitsTo(table, [processing], { policy });
    const { detect_task_id: id } = await visits.begun({}, ownerNamed('1'));
    expect(await late(visits, '1', id, 5 * minute)).toMatchObject({ next: 'relay' });
    const again = await visits.headOf(id);
    table.before('UpdateItem', () => visits.store.cancel(id, detectionError('CANCELLED')));
    expect(await late(visits, again.execution_name, id, 5 * minute)).toMatchObject({
      next: 'abandoned',
      error: { code: 'CANCELLED' },
    });
  });
});
