import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Script } from '../../local/simulator/script.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { openLocalStack } from '../../local/stack.ts';
import { type CliOptions, runCli, startCli, temporaryFolder } from '../support/cli.ts';

const apiKey = 'a-key-of-the-tests';
const processing = { step: 'pending', status: 'processing' } as const;
const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('processes that share a data folder', { timeout: 90_000 }, () => {
  let simulator: Simulator;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let data: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    simulator = await startSimulator({ apiKey });
    folder = await temporaryFolder();
    data = path.join(folder.path, 'data');
    env = { CRUN_BASE_URL: simulator.baseUrl, CRUN_API_KEY: apiKey, FACE_POLLER_DATA: data };
  });
  afterAll(async () => {
    await simulator.close();
    await folder[Symbol.asyncDispose]();
  });
  const run = (args: string[], options: CliOptions = {}) => runCli(args, { env, ...options });
  const calls = (id: string): number => simulator.requestsFor(id).length;
  const submitAll = (prefix: string, count: number, script: (index: number) => Script): string[] =>
    Array.from({ length: count }, (_, index) => simulator.submit(script(index), `${prefix}-${index}`));

  it('loses nothing to a kill in the middle of 200 tasks, and polls none that was final', async () => {
    const ids = submitAll('killed', 200, (index) => [
      { ...processing, times: 1 + (index % 5) },
      { step: 'succeeded', faces: index % 4 },
    ]);
    const stdin = ids.join('\n');
    const first = startCli(['start', '-', '--json'], { env, stdin });
    while (ids.filter((id) => calls(id) >= 2).length < 100) await soon(10);
    const meanwhile = await run(['get', 'killed-0', '--json']);
    expect(meanwhile).toMatchObject({ code: 0 });
    first.child.kill('SIGKILL');
    await first.ended;
    const callsThen = new Map(ids.map((id) => [id, calls(id)]));
    // By the records themselves: the embedded database writes its index first, and a kill may come in between.
    const reader = await openLocalStack({ dataFolder: data, provider: { kind: 'none' } });
    const left = await Promise.all(ids.map((id) => reader.client.get(id)));
    await reader.close();
    const finalThen = left
      .filter((record) => record?.status === 'succeeded')
      .map((record) => record?.detect_task_id ?? '');

    const second = await run(['start', '-', '--wait', '--json'], { stdin });
    expect(second.code).toBe(0);
    const records = second.records();
    expect(records).toHaveLength(200);
    for (const record of records) {
      const index = Number(record.detect_task_id.split('-')[1]);
      expect(record).toMatchObject({ status: 'succeeded', attempt: 1, face_count: index % 4 });
    }
    expect(finalThen.filter((id) => calls(id) !== callsThen.get(id))).toEqual([]);
    expect(await run(['get', 'killed-0', '--json'])).toMatchObject({ code: 0 });
  });

  it('takes up what a killed process left behind while it polls a task of its own', async () => {
    simulator.submit([processing, processing, { step: 'succeeded', faces: 1 }], 'orphan');
    const first = startCli(['start', 'orphan'], { env });
    while (calls('orphan') === 0) await soon(10);
    first.child.kill('SIGKILL');
    await first.ended;
    simulator.submit([{ ...processing, times: 100 }], 'own');
    const second = startCli(['start', 'own', '--wait'], { env });
    while (simulator.unread().includes('orphan')) await soon(10);
    simulator.submit([{ step: 'succeeded', faces: 2 }], 'own');
    expect(await second.ended).toMatchObject({ code: 0 });
    const { stdout } = await run(['get', 'orphan', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded', face_count: 1, attempt: 1 });
  });

  it('takes the database over while it is used when the process that serves it dies', async () => {
    const ids = submitAll('owned', 2, () => [
      { ...processing, times: 5 },
      { step: 'succeeded', faces: 1 },
    ]);
    const [first = '', second = ''] = ids;
    const owner = startCli(['start', first], { env });
    while (calls(first) < 1) await soon(10);
    const guest = startCli(['start', second, '--wait', '--json'], { env });
    while (calls(second) < 2) await soon(10);
    owner.child.kill('SIGKILL');
    const ended = await guest.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.records()).toMatchObject([{ status: 'succeeded', attempt: 1 }]);
    expect((await run(['watch', first, '--json'])).records()).toMatchObject([{ status: 'succeeded' }]);
  });

  it('hands the database over when the process that serves it leaves in order', async () => {
    const ids = submitAll('left', 2, (index) => [
      { ...processing, times: 1 + index * 7 },
      { step: 'succeeded', faces: 1 },
    ]);
    const [short = '', long = ''] = ids;
    const owner = startCli(['start', short, '--json'], { env });
    while (calls(short) < 1) await soon(10);
    const guest = startCli(['start', long, '--json'], { env });
    const [left, stayed] = await Promise.all([owner.ended, guest.ended]);
    expect(left).toMatchObject({ code: 0, stderr: '' });
    expect(stayed).toMatchObject({ code: 0, stderr: '' });
  });

  it('polls a task once, whichever of two processes was asked first, and both print its record', async () => {
    const [id = ''] = submitAll('shared', 1, () => [
      { step: 'after', ms: 3_000 },
      { step: 'succeeded', faces: 2 },
    ]);
    const both = await Promise.all([1, 2].map(() => run(['start', id, '--wait', '--json'])));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both[0]?.stdout).toBe(both[1]?.stdout);
    expect(both[0]?.records()).toMatchObject([{ polls: calls(id), status: 'succeeded' }]);
  });

  it('gives no other user of this machine access to the database', async () => {
    const [id = ''] = submitAll('private', 1, () => [
      { ...processing, times: 3 },
      { step: 'succeeded', faces: 0 },
    ]);
    const running = startCli(['start', id], { env });
    while (calls(id) < 1) await soon(10);
    expect((await stat(path.join(data, 'db.sock'))).mode & 0o777).toBe(0o600);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    await running.ended;
  });

  it('keeps the simulator from tasks of the real provider', async () => {
    const [id = ''] = submitAll('real', 1, () => [
      { ...processing, times: 50 },
      { step: 'succeeded', faces: 1 },
    ]);
    const running = startCli(['start', id], { env });
    while (calls(id) < 1) await soon(10);
    running.child.kill('SIGKILL');
    await once(running.child, 'close');
    const ended = await runCli(['watch', id], { env: { FACE_POLLER_DATA: data } });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/CRUN_API_KEY: must be set, because real-0 is polled at the real provider/);
    expect((await run(['cancel', id, '--json'])).records()).toMatchObject([{ error: { code: 'CANCELLED' } }]);
  });
});
