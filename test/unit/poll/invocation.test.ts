import { describe, expect, it } from 'vitest';

import { detectionError } from '../../../functions/detection/error-codes.ts';
import { PollState } from '../../../functions/poll/state.ts';
import {
  body,
  code,
  down,
  failed,
  processing,
  type Reply,
  starting,
  succeeded,
  task,
  unknown,
  violating,
  invocationsTo,
} from '../../support/invocations.ts';
import { facesOf, newId, noonMs, ownerNamed } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const minute = 60_000;
const at = (ms: number): string => new Date(noonMs + ms).toISOString();

describe('a first invocation', () => {
  it('creates the record before it calls the provider', async () => {
    const id = newId();
    const seen: unknown[] = [];
    const look: Reply = async (asked) => {
      seen.push((await invocations.records.read(id)).kind);
      return starting(asked);
    };
    const invocations = invocationsTo(table, [look, starting]);
    const input = { detect_task_id: id, media_url: 'https://media.example/a.jpg', deadline_seconds: 600 };
    await invocations.invoke('any name', input);
    expect(seen).toEqual(['head']);
    expect(await invocations.headOf(id)).toMatchObject({
      ...input,
      status: 'starting',
      attempt: 1,
      execution_name: 'any name',
      execution_arn: ownerNamed('any name').execution_arn,
      deadline_at: at(10 * minute),
    });
  });

  it.each([
    ['no id', {}, 'detect_task_id: is required'],
    ['an id that no key may have', { detect_task_id: 'a#b' }, /^detect_task_id: must be 1 to 64/],
    ['an unknown field', { detect_task_id: 'a', colour: 'red' }, 'colour: is not a known field'],
    ['no object', 'a', 'input: must be a JSON object'],
    [
      'a submission more than a day ahead',
      { detect_task_id: 'a', submitted_at: new Date(noonMs + 25 * 60 * minute).toISOString() },
      'submitted_at: must not be more than a day ahead',
    ],
  ])('rejects an input with %s, without a call or a write', async (_what, input, sentence) => {
    const invocations = invocationsTo(table, [starting]);
    const answer = await invocations.invoke('1', input);
    expect(answer).toMatchObject({ next: 'rejected-input', error: { code: 'InvalidInput' } });
    expect((answer as { error: { message: string } }).error.message).toMatch(sentence);
    expect([invocations.asked, table.calls()]).toEqual([[], {}]);
  });

  it('ignores what Step Functions adds to an input', async () => {
    const invocations = invocationsTo(table, [succeeded([])]);
    const input = {
      detect_task_id: newId(),
      AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:aws:states:us-east-1:1:execution:parent:a',
      AWS_STEP_FUNCTIONS_OTHER: { a: 1 },
    };
    expect(await invocations.invoke('1', input)).toMatchObject({ next: 'settled' });
    expect(JSON.stringify(await invocations.headOf(input.detect_task_id))).not.toContain('AWS_STEP');
  });

  it('rejects an input that differs from the record, and accepts what agrees or is absent', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({ deadline_seconds: 600 }, ownerNamed('1'));
    expect(await invocations.invoke('1', { detect_task_id, deadline_seconds: 601 })).toEqual({
      v: 2,
      next: 'rejected-input',
      error: {
        code: 'InvalidInput',
        message:
          'deadline_seconds: this task was started with another value; forget it first to start it anew',
      },
    });
    expect(invocations.asked).toEqual([]);
    expect(await invocations.invoke('1', { detect_task_id, deadline_seconds: 600 })).toMatchObject({
      next: 'wait',
    });
    expect(await invocations.invoke('1', { detect_task_id })).toMatchObject({ next: 'wait' });
  });

  it('rejects a forgotten task, while a later invocation only ends', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    const carried = await invocations.invoke('1', { detect_task_id });
    await invocations.records.forget(detect_task_id);
    const calls = invocations.asked.length;
    expect(await invocations.invoke('2', { detect_task_id })).toMatchObject({
      next: 'rejected-input',
      error: { message: expect.stringMatching(/^detect_task_id: this detection was forgotten/) as unknown },
    });
    const { code: error, message } = detectionError('CANCELLED');
    expect(await invocations.invoke('1', carried)).toEqual({
      v: 2,
      next: 'abandoned',
      detect_task_id,
      error: { code: error, message },
    });
    expect(invocations.asked).toHaveLength(calls);
    expect((await invocations.records.read(detect_task_id)).kind).toBe('forgotten');
  });
});

describe('a later invocation', () => {
  it('ends where its record is gone, and does not create it again', async () => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({}, ownerNamed('1'));
    const carried = await invocations.invoke('1', { detect_task_id });
    const calls = invocations.asked.length;
    await table.drop(detect_task_id);
    expect(await invocations.invoke('1', carried)).toMatchObject({
      next: 'abandoned',
      error: { code: 'CANCELLED' },
    });
    expect(invocations.asked).toHaveLength(calls);
    expect(await table.stored(detect_task_id)).toHaveProperty('size', 0);
  });
});

describe('an invocation', () => {
  it('polls at once, then within its budget, then leaves the wait to the workflow', async () => {
    const invocations = invocationsTo(table, [starting]);
    const answer = await invocations.invoke('1', { detect_task_id: newId() });
    expect(invocations.asked.map((asked) => asked.atMs - noonMs)).toEqual([
      0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_540, 4_177, 4_928,
    ]);
    expect(answer).toMatchObject({ next: 'wait', wait_seconds: 1 });
  });

  it.each([
    ['a minute', 60_000, 10],
    ['32 seconds', 32_000, 5],
    ['30 seconds', 30_000, 1],
    ['a second', 1_000, 1],
  ])('that Lambda will stop in %s leaves time for its last call and writes', async (_when, leftMs, calls) => {
    const invocations = invocationsTo(table, [starting]);
    await invocations.invoke('1', { detect_task_id: newId() }, noonMs + leftMs);
    expect(invocations.asked).toHaveLength(calls);
  });

  it('hands over what the next one needs, and no more', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [processing, down, down, code(429), violating, down]);
    const answer = await invocations.invoke('1', { detect_task_id: id });
    expect(answer).toEqual({
      v: 2,
      next: 'wait',
      detect_task_id: id,
      attempt: 1,
      wait_seconds: 1,
      polling_since: at(0),
      has_seen_processing: true,
      troubles: 2,
      reason: 'connection-refused',
      holds: 0,
      violations: 0,
      code_at_deadline: 'PROVIDER_UNAVAILABLE',
      pending_at: at(0),
      polls: 6,
      invocations: 1,
      transitions: 1,
      lambda_ms: invocations.clock.now() - noonMs,
      executions: 1,
      workflow_ms: 0,
      execution_since: at(0),
    });
    expect(PollState.parse(answer)).toEqual(answer);
  });

  it.each([
    [
      'succeeded',
      succeeded(facesOf(2)),
      { output: { status: 'succeeded', detect_id: 'm1oZzqYp9dN', face_count: 2 } },
    ],
    ['succeeded with no faces', succeeded([]), { output: { status: 'succeeded', face_count: 0 } }],
    [
      'succeeded with ids of other types, in a string of JSON',
      task('succeeded', {
        result: JSON.stringify({ id: 7, faces: [{ id: '0', link: 'https://f.example/0' }] }),
      }),
      { output: { status: 'succeeded', detect_id: '7', face_count: 1 } },
    ],
    [
      'succeeded around a result that failed',
      task('succeeded', { result: { id: 'd', status: 'failed', error: 'no face', faces: [] } }),
      { output: { status: 'failed', error: { code: 'DETECTION_FAILED' } } },
    ],
    [
      'was cancelled',
      task('cancelled'),
      { output: { status: 'failed', error: { code: 'DETECTION_FAILED' } } },
    ],
    ['failed', failed('no face'), { output: { status: 'failed', error: { code: 'DETECTION_FAILED' } } }],
    ['501', code(501), { output: { status: 'failed', error: { code: 'GENERATION_FAILED' } } }],
  ])('settles a task that %s at once, in one call', async (_what, reply, expected) => {
    const invocations = invocationsTo(table, [reply]);
    const id = newId();
    const answer = await invocations.invoke('1', { detect_task_id: id });
    expect(answer).toMatchObject({ v: 2, next: 'settled', detect_task_id: id, ...expected });
    expect(invocations.asked).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toMatch(/cdn\.example|their words/);
  });

  it.each([
    ['FEATURE_DISABLED', code(505)],
    ['UNEXPECTED_RESPONSE', () => body({}, 302)],
    ['UNEXPECTED_RESPONSE', () => ({ kind: 'no-answer', fault: 'tls' })],
  ] as [string, Reply][])('abandons at once as %s what no retry can mend', async (error, reply) => {
    const invocations = invocationsTo(table, [reply]);
    const answer = await invocations.invoke('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ next: 'abandoned', error: { code: error } });
    expect(invocations.asked).toHaveLength(1);
  });

  it.each([
    [404, 'TASK_NOT_FOUND'],
    [422, 'INVALID_TASK'],
  ])("believes a %i after a minute of its execution's polling", async (number, error) => {
    const invocations = invocationsTo(table, [code(number)]);
    const { answer } = await invocations.run('1', { detect_task_id: newId() });
    expect(answer).toMatchObject({ output: { error: { code: error } } });
    expect((invocations.asked.at(-1)?.atMs ?? 0) - noonMs).toBeGreaterThanOrEqual(minute);
  });

  it.each([
    ['at the last moment for a call that can end by then makes that call', 50_000, 1],
    ['a millisecond after that makes none', 50_001, 0],
  ])('that comes before the deadline, %s', async (_what, ms, calls) => {
    const invocations = invocationsTo(table, [starting]);
    const { detect_task_id } = await invocations.begun({ deadline_seconds: 60 }, ownerNamed('1'));
    invocations.clock.pass(ms);
    expect(await invocations.invoke('1', { detect_task_id })).toMatchObject({
      next: 'abandoned',
      error: { code: 'DEADLINE_EXCEEDED' },
    });
    expect(invocations.asked).toHaveLength(calls);
  });

  it('gives each call its time-out, a fifth of a short deadline', async () => {
    const long = invocationsTo(table, [succeeded([])]);
    await long.invoke('1', { detect_task_id: newId() });
    const short = invocationsTo(table, [succeeded([])]);
    await short.invoke('1', { detect_task_id: newId(), deadline_seconds: 10 });
    expect([long.asked[0]?.timeoutMs, short.asked[0]?.timeoutMs]).toEqual([10_000, 2_000]);
  });

  it.each([
    ['succeeded', 'settled'],
    ['failed', 'settled'],
    ['abandoned', 'abandoned'],
  ])('answers with a record that is %s already, without a call', async (status, next) => {
    const replies = { succeeded: succeeded([]), failed: failed(), abandoned: code(505) };
    const id = newId();
    const invocations = invocationsTo(table, [replies[status as keyof typeof replies]]);
    const first = await invocations.invoke('1', { detect_task_id: id });
    expect(first).toMatchObject({ next });
    for (const name of ['1', 'another']) {
      expect(await invocations.invoke(name, { detect_task_id: id })).toEqual(first);
    }
    expect(invocations.asked).toHaveLength(1);
  });
});

describe('an unknown status', () => {
  it('counts as pending, and not as processing', async () => {
    const id = newId();
    const invocations = invocationsTo(table, [unknown]);
    expect(await invocations.invoke('1', { detect_task_id: id })).toMatchObject({
      has_seen_processing: false,
    });
    expect(await invocations.headOf(id)).toMatchObject({ status: 'starting' });
  });
});
