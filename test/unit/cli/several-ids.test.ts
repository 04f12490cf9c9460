import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import type { Client } from '../../../client/client.ts';
import { RejectedRequestError } from '../../../functions/control/rejected-request.ts';
import { detectionError } from '../../../functions/detection/error-codes.ts';
import { type Detection, toDetection } from '../../../functions/detection/fields.ts';
import { newHead } from '../../../functions/records/head.ts';
import { backendWith, run } from '../../support/cli-in-process.ts';
import { noonMs, ownerNamed, taskId, testDefaults } from '../../support/records.ts';

const recordOf = (id: string, changes: Partial<Detection> = {}): Detection => ({
  ...toDetection(newHead({ detect_task_id: taskId(id) }, ownerNamed(`1-${id}`), testDefaults, noonMs), []),
  ...changes,
});
const succeeded = { status: 'succeeded', face_count: 1 } as const;
const cancelled = { status: 'abandoned', error: detectionError('CANCELLED') } as const;

/** A client that notes what it is asked, and knows every task but `absent`. */
function noting(changes: Partial<Detection> = succeeded) {
  const asked: unknown[] = [];
  const answer = async (id: string): Promise<Detection | undefined> => {
    asked.push(id);
    return id === 'absent' ? undefined : recordOf(id, changes);
  };
  const client: Partial<Client> = {
    get: answer,
    wait: answer,
    retry: answer,
    cancel: answer,
    redeliver: answer,
    forget: async (id) => (await answer(id)) !== undefined,
    async start(input) {
      asked.push(input);
      return recordOf(input.detect_task_id, changes);
    },
  };
  return { asked, client };
}
type Given = Partial<Parameters<typeof run>[1]> & { lines?: string; changes?: Partial<Detection> };
async function runWith(args: string[], { lines = '', changes, ...deps }: Given = {}) {
  const { asked, client } = noting(changes);
  const open = async () => backendWith(client);
  const ended = await run(args, { stdin: Readable.from([lines]), open, ...deps });
  return { ...ended, asked };
}

describe('several ids', () => {
  it.each(['get', 'cancel', 'redeliver', 'retry', 'forget', 'watch'])(
    'are each processed by %s, from the command line and from standard input',
    async (verb) => {
      const { code, asked } = await runWith([verb, 'a', '-'], { lines: 'b\nabsent\nc \n' });
      expect(new Set(asked)).toEqual(new Set(['a', 'b', 'absent', 'c']));
      expect(code).toBe(4);
    },
  );

  it.each(['get', 'cancel', 'redeliver', 'retry', 'forget'])('are each answered by %s', async (verb) => {
    const { stdout, stderr } = await runWith([verb, '-', '--json'], { lines: 'a\nabsent\nb' });
    const answered = stdout.trim().split('\n');
    expect(answered.map((line) => (JSON.parse(line) as Detection).detect_task_id)).toEqual(['a', 'b']);
    expect(stderr).toContain('absent: there is no record of this task\n');
    const { stdout: shown } = await runWith([verb, '-'], { lines: 'a\nb' });
    expect(shown).toMatch(/\ba\b[^]*\bb\b/);
  });

  it('are named where they fail for the same reason', async () => {
    const failing = backendWith({ cancel: () => Promise.reject(new Error('too many open files')) });
    const { code, stderr } = await run(['cancel', 'a', 'b'], { open: async () => failing });
    expect(stderr).toBe('a: Error: too many open files\nb: Error: too many open files\n');
    expect(code).toBe(5);
  });

  it('are shown whole by get, in the order in which they were given', async () => {
    const { stdout } = await runWith(['get', 'b', 'a']);
    expect(stdout.match(/^detect_task_id\t.*$/gm)).toEqual(['detect_task_id\tb', 'detect_task_id\ta']);
  });
});

describe('what cancel answers', () => {
  it('says of a final record that there was nothing to cancel', async () => {
    expect(await runWith(['cancel', 'a'])).toMatchObject({
      code: 0,
      stderr: 'a: was succeeded already, so there was nothing to cancel\n',
    });
    expect(await runWith(['cancel', 'a'], { changes: cancelled })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the media of a task', () => {
  const url = 'https://media.example/a.jpg';

  it('comes behind a tab on standard input, each task having its own', async () => {
    const { asked } = await runWith(['start', '-'], { lines: `a\t${url}\r\nb \t ${url}?b \nc\n` });
    expect(asked).toEqual([
      { detect_task_id: 'a', media_url: url },
      { detect_task_id: 'b', media_url: `${url}?b` },
      { detect_task_id: 'c' },
    ]);
  });

  it('is given by --media-url for one task only', async () => {
    const one = await runWith(['start', 'a', 'a', '--media-url', url]);
    expect(one.asked).toEqual([{ detect_task_id: 'a', media_url: url }]);
    const { code, asked, stderr } = await runWith(['start', 'a', 'b', '--media-url', url]);
    expect({ code, asked }).toEqual({ code: 1, asked: [] });
    expect(stderr).toMatch(/^--media-url: names the media of one task; /);
  });

  it.each([
    ['is not a URL', 'a\tfoo', /^media_url: must be .* \(line 1 of standard input\)\n$/],
    ['comes twice', `a\t${url}\na\t${url}?b`, /^media_url: a has two \(line 2 of standard input\)\n$/],
  ])('is rejected where it %s', async (_fault, lines, sentence) => {
    const { code, asked, stderr } = await runWith(['start', '-'], { lines });
    expect({ code, asked }).toEqual({ code: 1, asked: [] });
    expect(stderr).toMatch(sentence);
  });

  it('is no matter to other verbs, which take the first column', async () => {
    expect((await runWith(['get', '-'], { lines: `a\t${url}\nb\tfailed\t3` })).asked).toEqual(['a', 'b']);
  });
});

/** A task that is not final when it is started. */
function start(changes: Partial<Detection>, args: string[] = []) {
  const { client } = noting(changes);
  const waiting = { ...client, start: async () => recordOf('a') };
  return run(['start', 'a', ...args], { open: async () => backendWith(waiting, { pollsHere: true }) });
}

describe('start on one machine', () => {
  it('says that it waits, and exits as with --wait', async () => {
    const { code, stderr } = await start({ status: 'failed', error: detectionError('INVALID_TASK') });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^This command polls, so it stays until the tasks are final\.\n/);
    expect((await start(cancelled, ['--json'])).code).toBe(3);
    expect((await start(succeeded, ['--wait'])).stderr).not.toContain('This command');
  });

  it('does not wait at a deployed stack', async () => {
    const changes = { status: 'failed', error: detectionError('INVALID_TASK') } as const;
    expect(await runWith(['start', 'a'], { changes })).toMatchObject({ code: 0 });
    expect(await runWith(['start', 'a', '--wait'], { changes })).toMatchObject({ code: 2 });
  });

  it('passes a rejected request on', async () => {
    const rejected = new RejectedRequestError(
      'invalid',
      'callback_url: must be an https URL',
      'callback_url',
    );
    const open = async () => backendWith({ start: () => Promise.reject(rejected) });
    expect(await run(['start', 'a'], { open })).toMatchObject({
      code: 1,
      stderr: 'callback_url: must be an https URL\n',
    });
  });
});

const onePage = async () => ({ detections: [recordOf('task')], cursor: 'here' });
const listing = async () => backendWith({ list: onePage });

it('the cursor of the next page is no line of a pipe, but of standard error', async () => {
  const { stdout, stderr } = await run(['list'], { open: listing });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toBe('more: --cursor here\n');
  const terminal = await run(['list'], { open: listing, isTTY: true });
  expect(terminal.stdout).toContain('more: --cursor here');
  expect(terminal.stderr).toBe('');
});

const damaged = async () => backendWith({ list: onePage }, { loss: 'the database was damaged' });

it('a loss of the database is said by every verb, on standard error', async () => {
  const { stderr, stdout } = await run(['list', '--json'], { open: damaged });
  expect(stderr).toContain('the database was damaged\n');
  expect(JSON.parse(stdout)).toMatchObject({ detect_task_id: 'task' });
});
