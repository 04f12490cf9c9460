import { describe, expect, it } from 'vitest';

import { apisOn } from '../../support/apis.ts';
import { newId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();
const withHook = { callback_url: 'https://hook.example/' };

describe('POST /detections/{detect_task_id}/cancel', () => {
  it('abandons an open task and stops its execution; the same again answers the same', async () => {
    const { ask, begun, running } = apisOn(table);
    const { detect_task_id: id } = await begun();
    const cancelled = await ask(`POST /detections/${id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { error: { code: 'CANCELLED' } } });
    expect(running()).toEqual([]);
    expect(await ask(`POST /detections/${id}/cancel`)).toMatchObject({ status: 200 });
  });

  it('leaves a final record as it is', async () => {
    const { ask, completed } = apisOn(table);
    const { detect_task_id: id } = await completed();
    expect(await ask(`POST /detections/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { field: 'status', detail: expect.stringContaining(`${id} is succeeded`) as string },
    });
    expect(await ask('POST /detections/absent/cancel')).toMatchObject({ status: 404 });
  });
});

describe('POST /detections/{detect_task_id}/redeliver', () => {
  it('makes the webhook due again, where there is one', async () => {
    const { ask, completed, headOf } = apisOn(table);
    const { detect_task_id: id } = await completed(withHook);
    expect(await ask(`POST /detections/${id}/redeliver`)).toMatchObject({ status: 202 });
    expect((await headOf(id)).due_at).toBeDefined();
    const { detect_task_id: silent } = await completed();
    expect(await ask(`POST /detections/${silent}/redeliver`)).toMatchObject({ status: 409 });
    expect(await ask('POST /detections/absent/redeliver')).toMatchObject({ status: 404 });
  });
});

describe('an action on many tasks', () => {
  it('answers one line for each task, as a request for it alone would', async () => {
    const { ask, abandoned, completed, running } = apisOn(table);
    const [lost, done] = [await abandoned(), await completed()];
    const absent = newId();
    const detect_task_ids = [lost.detect_task_id, done.detect_task_id, absent, lost.detect_task_id];
    const answered = await ask('POST /detections/actions/retry', { body: { detect_task_ids } });
    expect(answered).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-ndjson' } });
    expect(answered.lines).toMatchObject([
      { detect_task_id: lost.detect_task_id, status: 202 },
      { detect_task_id: done.detect_task_id, status: 409, field: 'status' },
      { detect_task_id: absent, status: 404 },
    ]);
    expect(running()).toEqual([`2-${lost.detect_task_id}`]);
  });

  it.each([
    ['retry', 'UNAUTHORIZED'],
    ['cancel', 'EXECUTION_LOST'],
    ['redeliver', 'INSUFFICIENT_CREDITS'],
  ] as const)('%s finds tasks by status, error code and age', async (action, error) => {
    const { ask, abandoned, clock } = apisOn(table);
    clock.pass(86_400_000 * 40);
    const wanted = await abandoned(withHook, error);
    await abandoned(withHook, 'CANCELLED');
    clock.pass(1);
    const before = new Date(clock.now()).toISOString();
    await abandoned(withHook, error);
    const body = { status: 'abandoned', error, before };
    const { lines } = await ask(`POST /detections/actions/${action}`, { body });
    expect(lines).toMatchObject([
      { detect_task_id: wanted.detect_task_id, status: action === 'cancel' ? 409 : 202 },
    ]);
  });

  it('takes a hundred tasks a request, and gives the cursor of the next', async () => {
    const { ask, abandoned, clock } = apisOn(table);
    clock.pass(86_400_000 * 80);
    for (let count = 0; count < 101; count++) await abandoned(withHook);
    const body = { status: 'abandoned' };
    const first = await ask('POST /detections/actions/redeliver', { body });
    expect(first.lines).toHaveLength(100);
    const cursor = first.headers['next-cursor'];
    const second = await ask('POST /detections/actions/redeliver', { body: { ...body, cursor } });
    expect(second.lines?.length).toBeGreaterThanOrEqual(1);
    const ids = [...(first.lines ?? []), ...(second.lines ?? [])].map((line) => line['detect_task_id']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each<[string, object | string, number, string | undefined]>([
    ['nothing to select by', {}, 422, 'detect_task_ids'],
    ['ids and a status', { detect_task_ids: ['a'], status: 'failed' }, 422, 'detect_task_ids'],
    [
      'too many ids',
      { detect_task_ids: Array.from({ length: 101 }, (_, at) => `${at}`) },
      422,
      'detect_task_ids',
    ],
    ['an id that no task may have', { detect_task_ids: ['a#b'] }, 422, 'detect_task_ids.0'],
    ['an unknown code', { status: 'failed', error: 'NONE' }, 422, 'error'],
    ['no instant', { status: 'failed', before: 'noon' }, 422, 'before'],
    ['a foreign cursor', { status: 'failed', cursor: 'nonsense' }, 400, 'cursor'],
    ['a list', '[]', 422, 'body'],
    ['no JSON', '{', 400, undefined],
  ])('is rejected with %s', async (_what, body, status, field) => {
    const { ask } = apisOn(table);
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json' };
    const rejected = await ask('POST /detections/actions/retry', { raw, headers });
    expect(rejected).toMatchObject({ status, body: field === undefined ? {} : { field } });
  });

  it('leaves the tasks for which there was no time, and says so', async () => {
    const { ask, begun } = apisOn(table, { patienceMs: 0.000_01 });
    const { detect_task_id: id } = await begun();
    const answered = await ask('POST /detections/actions/cancel', { body: { detect_task_ids: [id] } });
    // Either the whole request was late, or this task was.
    expect(answered.status === 503 || answered.lines?.[0]?.['status'] === 503).toBe(true);
  });
});

describe('GET /detections', () => {
  it('filters by error code and age, and shows the error and the beginning of each record', async () => {
    const { ask, abandoned, clock } = apisOn(table);
    clock.pass(86_400_000 * 120);
    const { detect_task_id } = await abandoned({}, 'FEATURE_DISABLED');
    await abandoned({}, 'CANCELLED');
    const { body } = await ask('GET /detections?error=FEATURE_DISABLED');
    expect(body.detections).toMatchObject([
      { detect_task_id, error: { code: 'FEATURE_DISABLED' }, created_at: expect.any(String) as string },
    ]);
    const before = new Date(clock.now()).toISOString();
    expect((await ask(`GET /detections?error=FEATURE_DISABLED&before=${before}`)).body.detections).toEqual(
      [],
    );
    expect(await ask('GET /detections?error=NONE')).toMatchObject({ status: 400, body: { field: 'error' } });
  });
});
