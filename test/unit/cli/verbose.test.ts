import { afterEach, describe, expect, it, vi } from 'vitest';

import { pollText } from '../../../cli/poll-text.ts';
import type { Client } from '../../../client/client.ts';
import type { Detection } from '../../../functions/detection/fields.ts';
import { toDetection } from '../../../functions/detection/fields.ts';
import type { PollLine } from '../../../functions/poll/report.ts';
import { newHead } from '../../../functions/records/head.ts';
import { backendWith, run } from '../../support/cli-in-process.ts';
import { noonMs, ownerNamed, taskId, testDefaults } from '../../support/records.ts';

const head = newHead({ detect_task_id: taskId('task') }, ownerNamed('1-task'), testDefaults, noonMs);
const starting = toDetection(head, undefined);
const succeeded: Detection = { ...starting, status: 'succeeded', face_count: 1, polls: 9, faces: [] };

const polled = (polls: number, more: Partial<PollLine> = {}): PollLine => ({
  detect_task_id: 'task',
  polls,
  observation: 'pending',
  status: 'processing',
  next: 'poll',
  in_ms: 1_240,
  ...more,
});

/** A task that is polled as the lines say, while the command waits for its record. */
function backend(lines: readonly PollLine[], between: () => void = () => {}) {
  const followers: ((line: PollLine) => void)[] = [];
  const client: Partial<Client> = {
    start: async () => starting,
    async wait(_id, options) {
      options?.onRead?.(starting);
      for (const line of lines) for (const follow of followers) follow(line);
      between();
      return succeeded;
    },
  };
  return backendWith(client, {
    pollsHere: true,
    followPolls: (follower) => void followers.push(follower),
  });
}

describe('a poll in a line', () => {
  it.each<[string, Record<string, unknown>]>([
    ['pending (processing), again in 1.2 s', {}],
    [
      'unavailable (connection-refused), again in 4 s',
      {
        observation: 'unavailable',
        status: undefined,
        reason: 'connection-refused',
        next: 'wait',
        wait_seconds: 4,
      },
    ],
    [
      'on-hold (INSUFFICIENT_CREDITS), again in 60 s',
      {
        observation: 'on-hold',
        status: undefined,
        code: 'INSUFFICIENT_CREDITS',
        next: 'wait',
        wait_seconds: 60,
      },
    ],
    ['succeeded, final', { observation: 'succeeded', status: undefined, next: 'settle' }],
    [
      'denied (code 401), abandoned with UNAUTHORIZED',
      { observation: 'denied', status: undefined, reason: 'code 401', next: 'abandon', code: 'UNAUTHORIZED' },
    ],
    [
      'no time left for a poll, abandoned with DEADLINE_EXCEEDED',
      { observation: undefined, status: undefined, next: 'abandon', code: 'DEADLINE_EXCEEDED' },
    ],
  ])('says what was seen and what comes: %s', (text, line) => {
    expect(pollText({ ...polled(3), ...line })).toBe(`task: poll 3: ${text}`);
  });
});

const twice = async () => backend([polled(1), polled(2, { next: 'settle' })]);
const sevenTimes = async () => backend([polled(7)], () => vi.advanceTimersByTime(200));

describe('the polls of this machine', () => {
  afterEach(() => vi.useRealTimers());

  it('are printed on request, on standard error', async () => {
    const verbose = await run(['start', 'task', '--wait', '--json', '--verbose'], { open: twice });
    expect(verbose.stderr).toBe(
      'task: poll 1: pending (processing), again in 1.2 s\ntask: poll 2: pending (processing), final\n',
    );
    expect(JSON.parse(verbose.stdout)).toMatchObject({ status: 'succeeded' });
    expect((await run(['start', 'task', '--wait', '--json'], { open: twice })).stderr).toBe('');
  });

  it('are those of a deployed stack where one is named', async () => {
    const { followPolls: _, ...deployed } = backend([]);
    const open = async () => ({ ...deployed, pollsHere: false, place: 'Faces' });
    const { stderr } = await run(['start', 'task', '--wait', '--json', '--verbose'], { open });
    expect(stderr).toBe('--verbose: Faces polls, not this machine; its logs have each poll\n');
  });

  it('are counted on the screen before the record counts them', async () => {
    vi.useFakeTimers();
    const { stderr } = await run(['start', 'task', '--wait'], {
      open: sevenTimes,
      isTTY: true,
      movesCursor: true,
    });
    expect(stderr).toMatch(/starting.* 7 polls/);
    expect(stderr).toMatch(/succeeded.* 9 polls/);
  });
});
