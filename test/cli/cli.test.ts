import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Script } from '../../local/simulator/script.ts';
import { useMachine } from '../support/one-machine.ts';

const processing = { step: 'pending', status: 'processing' } as const;

describe('the command line', { timeout: 60_000 }, () => {
  const machine = useMachine();
  const { run, start } = machine;

  it('prints the record once it is final, and the same record in every later process, without polling again', async () => {
    machine.simulator.submit([processing, { step: 'succeeded', faces: 2 }], 'published');
    const started = await start(['start', 'published', '--wait', '--json']).ended;
    expect(started).toMatchObject({ code: 0, stderr: '' });
    expect(started.records()).toMatchObject([
      { detect_task_id: 'published', status: 'succeeded', face_count: 2 },
    ]);
    const got = await start(['get', 'published', '--json']).ended;
    expect(got.stdout).toBe(started.stdout);
    const again = await run(['start', 'published', '--wait', '--json']);
    expect(again.stdout).toBe(started.stdout);
    expect(machine.simulator.requestsFor('published')).toHaveLength(2);
  });

  it.each<[string, Script, number, string | undefined, number]>([
    ['succeeded', [{ step: 'succeeded', faces: 1 }], 0, undefined, 1],
    ['denied-401', [{ step: 'code', code: 401 }], 3, 'UNAUTHORIZED', 2],
    ['denied-403', [{ step: 'code', code: 403, httpStatus: 403 }], 3, 'UNAUTHORIZED', 2],
    ['failed-200', [{ step: 'failed', error: 'no face' }], 2, 'DETECTION_FAILED', 1],
    ['failed-501', [{ step: 'code', code: 501 }], 2, 'GENERATION_FAILED', 1],
    ['disabled-505', [{ step: 'code', code: 505 }], 3, 'FEATURE_DISABLED', 1],
  ])('exits by how the task ended: %s', async (id, script, code, error, calls) => {
    machine.simulator.submit(script, id);
    const ended = await run(['start', id, '--wait', '--json']);
    expect(ended.code).toBe(code);
    expect(ended.records()[0]?.error?.code).toBe(error);
    expect(machine.simulator.requestsFor(id)).toHaveLength(calls);
  });

  it('says why a task has no answer, at each poll and in the record', async () => {
    machine.simulator.submit([{ step: 'reset' }, processing, { step: 'code', code: 505 }], 'reasons');
    const ended = await run(['start', 'reasons', '--wait', '--json', '--verbose']);
    expect(ended.stderr.split('\n').map((line) => line.replace(/, again in .*/, ''))).toEqual([
      'reasons: poll 1: unavailable (reset)',
      'reasons: poll 2: pending (processing)',
      'reasons: poll 3: denied (code 505), abandoned with FEATURE_DISABLED',
      '',
    ]);
    expect(ended.records()).toMatchObject([{ error: { code: 'FEATURE_DISABLED', reason: 'code 505' } }]);
  });

  it('repeats no key of the environment in an error', async () => {
    const key = 'Plain-words_and-n0-prefix';
    const env = { CRUN_API_KEY: key, FACE_POLLER_DATA: `/dev/null/${key}` };
    const { code, stderr } = await run(['get', 'published'], { env });
    expect(code).toBe(5);
    expect(stderr).toContain('/dev/null/…');
    expect(stderr).not.toContain(key.slice(0, 8));
  });

  it('runs the Express workflow where the environment says so', async () => {
    const express = { env: { FACE_POLLER_WORKFLOW_TYPE: 'EXPRESS' } };
    machine.simulator.submit(
      [
        { step: 'after', ms: 6_000 },
        { step: 'succeeded', faces: 1 },
      ],
      'express',
    );
    const started = await run(['start', 'express', '--wait', '--json'], express);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const [record] = started.records();
    expect(record).toMatchObject({
      status: 'succeeded',
      executions: 1,
      polls: machine.simulator.requestsFor('express').length,
    });
    expect(record?.execution_arn.split(':')[5]).toBe('express');
    expect(record?.invocations).toBeGreaterThan(1);

    const mistyped = await run(['get', 'express'], { env: { FACE_POLLER_WORKFLOW_TYPE: 'express' } });
    expect(mistyped).toMatchObject({
      code: 1,
      stderr: 'FACE_POLLER_WORKFLOW_TYPE: must be STANDARD or EXPRESS\n',
    });
  });

  it('exits by how the task ended with every verb that waits, and no other', async () => {
    machine.simulator.submit([{ step: 'failed', error: null }], 'ended');
    for (const [verb, code] of Object.entries({ start: 2, watch: 2, get: 0, cancel: 0 }))
      expect([verb, (await run([verb, 'ended', '--json'])).code]).toEqual([verb, code]);
  });

  it.each<[string, string[], RegExp, Record<string, string>?]>([
    ['an id with a space', ['start', 'a b'], /^detect_task_id: must be 1 to 64 /],
    ['an unknown option', ['start', 'a', '--colour'], /unknown option '--colour'/],
    ['a base URL without a key', ['start', 'a'], /^CRUN_API_KEY: must be set /, { CRUN_API_KEY: '' }],
  ])('rejects %s in one sentence, and writes nothing', async (_what, args, sentence, more) => {
    const nowhere = path.join(machine.folder, 'untouched');
    const ended = await run(args, { env: { FACE_POLLER_DATA: nowhere, ...more } });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr.replace(/^error: /, '')).toMatch(sentence);
    expect(existsSync(nowhere)).toBe(false);
  });

  it.each([
    ['is a file', (file: string) => file],
    ['is under a file', (file: string) => path.join(file, 'data')],
    ['cannot be made', () => '/proc/face-poller/data'],
    ['is too deep for a socket', (file: string) => path.join(`${file}-beside`, 'x'.repeat(90))],
  ])('says in one sentence that the data folder %s', async (_what, at) => {
    const file = path.join(machine.folder, 'a-file');
    await writeFile(file, '');
    const ended = await run(['list'], { env: { FACE_POLLER_DATA: at(file) } });
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toMatch(/^FACE_POLLER_DATA: .*\n$/);
  });

  it('reports an unknown task, and one that was started with other parameters', async () => {
    expect(await run(['get', 'never-heard-of'])).toMatchObject({ code: 4, stdout: '' });
    expect(await run(['watch', 'never-heard-of'])).toMatchObject({ code: 4 });
    machine.simulator.submit([{ step: 'succeeded', faces: 0 }], 'twice');
    expect((await run(['start', 'twice', '--media-url', 'https://media.example/a.jpg'])).code).toBe(0);
    const other = await run(['start', 'twice', '--media-url', 'https://media.example/b.jpg']);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^media_url: this task was started with another value/);
  });

  it('lists by status, retries what was abandoned, cancels, and forgets', async () => {
    machine.simulator.submit(
      [
        { step: 'code', code: 505 },
        { step: 'succeeded', faces: 1 },
      ],
      'reopened',
    );
    expect((await run(['start', 'reopened', '--wait'])).code).toBe(3);
    const listed = await run(['list', '--status', 'abandoned', '--json']);
    expect(listed.records().map((row) => row.detect_task_id)).toContain('reopened');
    const retried = await run(['retry', 'reopened', '--json']);
    expect(retried.records()).toMatchObject([{ status: 'succeeded', attempt: 2, polls: 2 }]);
    expect(retried.records()[0]).not.toHaveProperty('error');
    const refused = await run(['retry', 'reopened']);
    expect(refused).toMatchObject({ code: 1 });
    expect((await run(['cancel', 'reopened', '--json'])).records()).toMatchObject([{ status: 'succeeded' }]);
    expect(await run(['forget', 'reopened'])).toMatchObject({
      code: 0,
      stdout: 'reopened: forgotten; a later start is a new attempt\n',
    });
    expect((await run(['get', 'reopened'])).code).toBe(4);
    expect((await run(['forget', 'reopened'])).code).toBe(4);
  });

  it('is interrupted by Ctrl-C with the record intact, which the next start takes up', async () => {
    machine.simulator.submit(
      [
        { ...processing, times: 3 },
        { step: 'succeeded', faces: 1 },
      ],
      'interrupted',
    );
    const { child, ended } = start(['start', 'interrupted', '--wait']);
    await machine.called('interrupted', 2);
    child.kill('SIGINT');
    const interrupted = await ended;
    expect(interrupted.code).toBe(130);
    expect(interrupted.stderr).toMatch(/Interrupted: the records stay as they are/);
    const resumed = await run(['watch', 'interrupted', '--json']);
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.records()).toMatchObject([{ status: 'succeeded', attempt: 1 }]);
  });

  it('keeps the whole of a long record that goes into a pipe', async () => {
    machine.simulator.submit([{ step: 'succeeded', faces: 3_000, linkBytes: 300 }], 'long');
    const ended = await start(['start', 'long', '--json']).ended;
    expect(ended.records()[0]?.faces).toHaveLength(3_000);
  });
});
