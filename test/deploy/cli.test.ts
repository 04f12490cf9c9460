import { beforeAll, describe, expect, it } from 'vitest';

import type { Detection } from '../../functions/detection/fields.ts';
import { type Ended, runCli } from '../support/cli.ts';
import { canaryKey, deploy, type Deployment } from './deployment.ts';

describe('the command line at the deployed stack', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Cli');
    return stack.end;
  });

  const run = (...args: string[]): Promise<Ended> =>
    runCli(['--json', ...args], { env: { FACE_POLLER_STACK: stack.stackName } });

  it('starts tasks, waits for them, and joins the pages of their faces', async () => {
    stack.simulator.submit(
      [
        { step: 'pending', status: 'starting' },
        { step: 'succeeded', faces: 2 },
      ],
      'few',
    );
    stack.simulator.submit([{ step: 'succeeded', faces: 3_000 }], 'many');
    const started = await run('start', 'few', 'many', '--wait', '--metadata', '{"order": 7}');

    expect(started).toMatchObject({ code: 0, stderr: '' });
    const byId = new Map<string, Detection>(
      started.records().map((record) => [record.detect_task_id, record]),
    );
    expect(byId.get('few')).toMatchObject({ status: 'succeeded', face_count: 2, metadata: { order: 7 } });
    expect(byId.get('many')?.faces?.map((face) => face.id)).toEqual(
      Array.from({ length: 3_000 }, (_, index) => index),
    );
    const got = await run('get', 'many');
    expect(got.records()).toEqual([byId.get('many')]);
    const listed = await run('list', '--status', 'succeeded');
    expect(
      listed
        .records()
        .map((record) => record.detect_task_id)
        .toSorted(),
    ).toEqual(['few', 'many']);
  });

  it('tells failed, abandoned, absent and refused tasks by its exit code', async () => {
    stack.simulator.submit([{ step: 'failed', error: 'no face in it' }], 'failing');
    stack.simulator.submit([{ step: 'code', code: 505 }], 'disabled');
    const failing = await run('start', 'failing', '--wait');
    const disabled = await run('start', 'disabled', '--wait');

    expect(failing.code).toBe(2);
    expect(failing.records()).toMatchObject([{ status: 'failed', error: { code: 'DETECTION_FAILED' } }]);
    expect(disabled.code).toBe(3);
    expect(disabled.records()).toMatchObject([{ error: { code: 'FEATURE_DISABLED' } }]);
    expect((await run('watch', 'failing', 'disabled')).code).toBe(3);
    expect((await run('get', 'nobody')).code).toBe(4);
    expect((await run('start', 'failing', '--deadline', '2h')).code).toBe(1);
  });

  it('cancels, retries and forgets', async () => {
    stack.simulator.submit([{ step: 'pending', status: 'processing' }], 'long');
    expect((await run('start', 'long')).code).toBe(0);
    const cancelled = await run('cancel', 'long');
    expect(cancelled.records()).toMatchObject([{ status: 'abandoned', error: { code: 'CANCELLED' } }]);

    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'long');
    expect((await run('retry', 'long')).code).toBe(0);
    const watched = await run('watch', 'long');
    expect(watched.records()).toMatchObject([{ status: 'succeeded', attempt: 2 }]);
    expect((await run('forget', 'long')).code).toBe(0);
    expect((await run('get', 'long')).code).toBe(4);
  });

  it('finds that the key is refused, takes another, and finds all well, without ever saying one', async () => {
    const env = { FACE_POLLER_STACK: stack.stackName };
    const newKey = ['another', 'canary', 'key'].join('-');
    stack.simulator.apiKey = newKey;
    const before = await runCli(['doctor'], { env });
    const stored = await runCli(['set-key'], { env, stdin: `${newKey}\n` });
    const after = await runCli(['doctor'], { env });

    expect([before.code, stored.code, after.code]).toEqual([5, 0, 0]);
    expect(before.stdout).toMatch(/^failed\tprovider\t.* refuses the key\trun face-poller set-key$/m);
    expect(stored.stdout).toBe(`The API key is stored in ${stack.outputs['ApiKeySecretArn']}\n`);
    expect(after.stdout.match(/^ok\t/gm)).toHaveLength(9);
    const said = [before, stored, after].flatMap(({ stdout, stderr }) => [stdout, stderr]).join('');
    for (const key of [canaryKey, newKey]) expect(said).not.toContain(key);
  });

  it('says in one sentence that there is no such stack', async () => {
    const { code, stderr } = await runCli(['get', 'few'], { env: { FACE_POLLER_STACK: 'Nowhere' } });

    expect(code).toBe(5);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
