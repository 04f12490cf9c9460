import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Database, openDatabase } from '../../local/database.ts';
import { tableName } from '../../local/table.ts';
import { runHere } from '../support/cli-in-process.ts';
import { temporaryFolder } from '../support/cli.ts';

const serving = `
  const { openDatabase } = await import(process.argv[1]);
  await openDatabase(process.argv[2]);
  console.log('serves');
  setInterval(() => {}, 1_000);
`;
const module = new URL('../../local/database.ts', import.meta.url).href;
const put = new PutItemCommand({ TableName: tableName, Item: { detect_task_id: { S: 'a' } } });
const realSetTimeout = setTimeout;
const scan = new ScanCommand({ TableName: tableName });

/** Stands still but for what a test adds; a call asks when it begins, and after each fault. */
function askedClock() {
  let left = 0;
  let done: (() => void) | undefined;
  const clock = {
    ms: Date.now(),
    now: (): number => {
      if ((left -= 1) === 0) done?.();
      return clock.ms;
    },
    /** Resolves when it is asked for the time once more so often. */
    asked(times: number) {
      left = times;
      return new Promise<void>((resolve) => (done = resolve));
    },
  };
  return clock;
}

describe('a database that another process serves', { timeout: 60_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let owner: ReturnType<typeof spawn>;
  let guest: Database | undefined;
  beforeEach(async () => {
    folder = await temporaryFolder();
    owner = spawn(process.execPath, ['--input-type=module', '-e', serving, module, folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = owner;
    if (stdout === null) throw new Error('it has an output');
    await once(createInterface(stdout), 'line');
  });
  afterEach(async () => {
    owner.kill('SIGKILL');
    await guest?.close();
    await folder[Symbol.asyncDispose]();
  });

  it('is taken over where that process was frozen for longer than a call looks for an owner, and then died', async () => {
    const clock = askedClock();
    guest = await openDatabase(folder.path, { patienceMs: 500, now: clock.now });
    await guest.client.send(put);
    owner.kill('SIGSTOP');
    const begun = clock.asked(1);
    const answer = guest.client.send(scan);
    await begun;
    clock.ms += 600;
    owner.kill('SIGKILL');
    expect(await answer).toMatchObject({ Count: 1 });
    expect(guest.isOwner()).toBe(true);
  });

  it('names that process where it is stopped', async () => {
    guest = await openDatabase(folder.path, { stallMs: 50 });
    owner.kill('SIGSTOP');
    await expect(guest.client.send(scan)).rejects.toThrow(
      `FACE_POLLER_DATA: process ${owner.pid}, which serves the database in ${folder.path}, is stopped; continue it (kill -CONT ${owner.pid}), or end it`,
    );
    owner.kill('SIGCONT');
    expect(await guest.client.send(scan)).toMatchObject({ Count: 0 });
  });

  it('names it to a process that opens the database too', async () => {
    owner.kill('SIGSTOP');
    await expect(openDatabase(folder.path, { stallMs: 50 })).rejects.toThrow(`process ${owner.pid}`);
    guest = undefined;
  });

  it.each(['get', 'doctor'])('is named by %s within seconds where it is stopped', async (verb) => {
    const env = {
      FACE_POLLER_DATA: folder.path,
      CRUN_API_KEY: 'a-key-of-the-tests',
      CRUN_BASE_URL: 'http://127.0.0.1:9',
    };
    owner.kill('SIGSTOP');
    // As long as a call waits before it looks; no other wait of a command is as long.
    const waits = vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((then, ms) => realSetTimeout(then, ms === 5_000 ? 50 : ms));
    const ended = await runHere(verb === 'get' ? ['get', 'a'] : ['doctor'], { env });
    waits.mockRestore();
    const sentence = `FACE_POLLER_DATA: process ${owner.pid}, which serves the database in ${folder.path}, is stopped`;
    expect(ended.code).toBe(5);
    expect(verb === 'get' ? ended.stderr : ended.stdout).toContain(sentence);
    if (verb === 'get') return;
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(/^skipped\trate limit\tthe database does not answer$/m);
  });

  it('is asked again where it answers nothing for as long as a request may take', async () => {
    const clock = askedClock();
    guest = await openDatabase(folder.path, { requestMs: 100, stallMs: 60_000, now: clock.now });
    owner.kill('SIGSTOP');
    // It begins, and five requests time out: more than the SDK itself would send.
    const timedOut = clock.asked(6);
    const answer = guest.client.send(put);
    await Promise.race([timedOut, answer]);
    owner.kill('SIGCONT');
    expect(await answer).toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });
});
