import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Script } from '../../local/simulator/script.ts';
import { openLocalStack } from '../../local/stack.ts';
import { runHere } from '../support/cli-in-process.ts';
import { useMachine } from '../support/one-machine.ts';

const processing = { step: 'pending', status: 'processing' } as const;
const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('processes that share a data folder', { timeout: 240_000 }, () => {
  const machine = useMachine();
  const { run, start, calls, called } = machine;
  const submitAll = (prefix: string, count: number, script: (index: number) => Script): string[] =>
    Array.from({ length: count }, (_, index) =>
      machine.simulator.submit(script(index), `${prefix}-${index}`),
    );

  it('loses nothing to a kill in the middle of 60 tasks, and polls none that was final', async () => {
    const ids = submitAll('killed', 60, (index) => [
      { ...processing, times: 1 + (index % 5) },
      { step: 'succeeded', faces: index % 4 },
    ]);
    const stdin = ids.join('\n');
    const first = start(['start', '-', '--json'], { stdin });
    const polledTwice = (): number =>
      Object.values(
        Object.groupBy(machine.simulator.requests, ({ detectTaskId = '' }) => detectTaskId),
      ).filter((requests = []) => requests.length >= 2).length;
    while (polledTwice() < 30) await soon(10);
    const meanwhile = await run(['get', 'killed-0', '--json']);
    expect(meanwhile).toMatchObject({ code: 0 });
    first.child.kill('SIGKILL');
    await first.ended;
    const callsThen = new Map(ids.map((id) => [id, calls(id)]));
    // By the records themselves: the embedded database writes its index first, and a kill may come in between.
    const reader = await openLocalStack({ dataFolder: machine.dataFolder, provider: { kind: 'none' } });
    const left = await Promise.all(ids.map((id) => reader.client.get(id)));
    await reader.close();
    const finalThen = left
      .filter((record) => record?.status === 'succeeded')
      .map((record) => record?.detect_task_id ?? '');

    const second = await run(['start', '-', '--wait', '--json'], { stdin });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    const records = second.records();
    expect(records).toHaveLength(60);
    for (const record of records) {
      const index = Number(record.detect_task_id.split('-')[1]);
      expect(record).toMatchObject({ status: 'succeeded', attempt: 1, face_count: index % 4 });
    }
    expect(finalThen.filter((id) => calls(id) !== callsThen.get(id))).toEqual([]);
    expect(await run(['get', 'killed-0', '--json'])).toMatchObject({ code: 0 });
  });

  it('takes up what a killed process left behind while it polls a task of its own', async () => {
    machine.simulator.submit([processing, processing, { step: 'succeeded', faces: 1 }], 'orphan');
    const first = start(['start', 'orphan']);
    await called('orphan');
    first.child.kill('SIGKILL');
    await first.ended;
    machine.simulator.submit([{ ...processing, times: 100 }], 'own');
    const second = start(['start', 'own', '--wait']);
    while (machine.simulator.unread().includes('orphan')) await soon(10);
    machine.simulator.submit([{ step: 'succeeded', faces: 2 }], 'own');
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
    const owner = start(['start', first]);
    await called(first);
    const guest = start(['start', second, '--wait', '--json']);
    await called(second, 2);
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
    const owner = start(['start', short, '--json']);
    await called(short);
    const guest = start(['start', long, '--json']);
    const [left, stayed] = await Promise.all([owner.ended, guest.ended]);
    expect(left).toMatchObject({ code: 0, stderr: '' });
    expect(stayed).toMatchObject({ code: 0, stderr: '' });
  });

  it('polls a task once, whichever of two processes was asked first, and both print its record', async () => {
    const [id = ''] = submitAll('shared', 1, () => [
      { step: 'after', ms: 3_000 },
      { step: 'succeeded', faces: 2 },
    ]);
    const both = await Promise.all([1, 2].map(() => start(['start', id, '--wait', '--json']).ended));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both[0]?.stdout).toBe(both[1]?.stdout);
    expect(both[0]?.records()).toMatchObject([{ polls: calls(id), status: 'succeeded' }]);
  });

  it('gives no other user of this machine access to the database', async () => {
    const [id = ''] = submitAll('private', 1, () => [
      { ...processing, times: 3 },
      { step: 'succeeded', faces: 0 },
    ]);
    const running = start(['start', id]);
    await called(id);
    expect((await stat(path.join(machine.dataFolder, 'db.sock'))).mode & 0o777).toBe(0o600);
    expect((await stat(machine.dataFolder)).mode & 0o777).toBe(0o700);
    expect(await readFile(path.join(machine.dataFolder, '.gitignore'), 'utf8')).toBe('*\n');
    await running.ended;
  });

  it('keeps the simulator from tasks of the real provider', async () => {
    const [id = ''] = submitAll('real', 1, () => [
      { ...processing, times: 50 },
      { step: 'succeeded', faces: 1 },
    ]);
    const running = start(['start', id]);
    await called(id);
    running.child.kill('SIGKILL');
    await once(running.child, 'close');
    const ended = await runHere(['watch', id], { env: { FACE_POLLER_DATA: machine.dataFolder } });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/CRUN_API_KEY: must be set, because real-0 is polled at the real provider/);
    expect((await run(['cancel', id, '--json'])).records()).toMatchObject([{ error: { code: 'CANCELLED' } }]);
  });
});
