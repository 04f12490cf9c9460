import { describe, expect, it } from 'vitest';

import type { Client } from '../../../client/client.ts';
import type { ListOptions } from '../../../functions/records/list.ts';
import { backendWith, run } from '../../support/cli-in-process.ts';

/** A client whose records `a`, `b` and `c` stand on two pages of a list. */
function listing() {
  const listed: ListOptions[] = [];
  const acted: string[] = [];
  const act = async (id: string): Promise<undefined> => void acted.push(id);
  const client = {
    async list(options) {
      listed.push(options);
      const rows = options.cursor === undefined ? ['a', 'b'] : ['b', 'c'];
      const detections =
        options.error === 'CANCELLED' ? [] : rows.map((detect_task_id) => ({ detect_task_id }));
      return { detections, ...(options.cursor === undefined && { cursor: 'more' }) };
    },
    retry: act,
    cancel: act,
    redeliver: act,
    forget: async (id: string) => (await act(id)) === undefined,
  } as Client;
  return { listed, acted, open: async () => backendWith(client) };
}

const verbs = ['retry', 'cancel', 'redeliver', 'forget'] as const;

describe.each(verbs)('%s with --status in place of ids', (verb) => {
  it('acts on each selected task once, and says how many they are', async () => {
    const { listed, acted, open } = listing();
    const selection = [
      '--status',
      'abandoned',
      '--error',
      'unauthorized',
      '--before',
      '2026-11-22T12:00:00Z',
    ];
    const { stderr } = await run([verb, ...selection, '--yes'], { open });
    expect(acted).toEqual(['a', 'b', 'c']);
    expect(stderr).toMatch(/^3 tasks selected\n/);
    const filters = { status: 'abandoned', error: 'UNAUTHORIZED', before: '2026-11-22T12:00:00.000Z' };
    expect(listed).toEqual([
      { ...filters, limit: 1_000 },
      { ...filters, limit: 1_000, cursor: 'more' },
    ]);
  });

  it('without --yes only counts them', async () => {
    const { acted, open } = listing();
    expect(await run([verb, '--status', 'failed'], { open })).toEqual({
      code: 1,
      stdout: '',
      stderr: '--yes: is required to act on them; 3 tasks selected, nothing was done\n',
    });
    expect(acted).toEqual([]);
  });

  it('is done where there is none', async () => {
    const { open } = listing();
    expect(await run([verb, '--status', 'abandoned', '--error', 'CANCELLED'], { open })).toEqual({
      code: 0,
      stdout: '',
      stderr: '0 tasks selected\n',
    });
  });

  it.each([
    [['a', '--status', 'failed'], /^detect_task_id: cannot be combined with --status/],
    [['a', '--yes'], /^detect_task_id: cannot be combined/],
    [['--error', 'CANCELLED', '--yes'], /^detect_task_id: is required, unless --status selects/],
    [[], /^detect_task_id: is required/],
    [['--status', 'failed', '--error', 'none'], /^--error: must be one of DETECTION_FAILED, /],
    [['--status', 'failed', '--before', 'noon'], /^--before: must be an ISO 8601 instant.*, or a duration/],
  ])('rejects %j before anything is opened', async (args, sentence) => {
    const { code, stderr } = await run([verb, ...args]);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(1);
  });
});

it('takes --before as a time ago', async () => {
  const { listed, open } = listing();
  const earliestMs = Date.now() - 7_200_000;
  await run(['list', '--before', '2h'], { open });
  const beforeMs = Date.parse(listed[0]?.before ?? '');
  expect(beforeMs).toBeGreaterThanOrEqual(earliestMs);
  expect(beforeMs).toBeLessThanOrEqual(Date.now() - 7_200_000);
});
