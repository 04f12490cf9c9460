import { describe, expect, it } from 'vitest';

import type { Decision } from '../../../functions/poll/decide.ts';
import { levelOf, logLine } from '../../../functions/poll/report.ts';
import { idsOf } from '../../../functions/poll/state.ts';
import {
  failed,
  maintenance,
  pending,
  processing,
  denied,
  type Seen,
  succeeded,
  throttled,
  unavailable,
  unknownStatus,
  violation,
} from '../../support/schedule.ts';

const wait: Decision = { next: 'wait', waitSeconds: 7 };

describe('the line of a poll', () => {
  it.each<[string, Seen, object]>([
    ['pending', pending, { status: 'starting' }],
    ['pending', processing, { status: 'processing' }],
    ['pending', unknownStatus, { status: 'queued' }],
    ['throttled', throttled(3_000), { reason: 'code 429', hint_ms: 3_000 }],
    ['on-hold', maintenance, { code: 'PROVIDER_MAINTENANCE' }],
    ['unavailable', unavailable, { reason: 'reset' }],
    ['violation', violation, { reason: 'no data' }],
    ['denied', denied, { code: 'UNAUTHORIZED', reason: 'code 401' }],
    ['failed', failed, { code: 'DETECTION_FAILED' }],
    ['succeeded', succeeded, { face_count: 1 }],
  ])('names what is ours of %s, and no more', (observation, seen, logged) => {
    expect(logLine(seen, wait)).toEqual({ ...logged, observation, next: 'wait', wait_seconds: 7 });
  });

  it.each<[Decision, object]>([
    [
      { next: 'poll', inMs: 500 },
      { next: 'poll', in_ms: 500 },
    ],
    [wait, { next: 'wait', wait_seconds: 7 }],
    [{ next: 'settle', answer: { kind: 'failed', code: 'INVALID_TASK', provider: {} } }, { next: 'settle' }],
    [
      { next: 'abandon', code: 'UNAUTHORIZED', provider: { message: 'their words' } },
      { next: 'abandon', code: 'UNAUTHORIZED' },
    ],
  ])('names the decision: %j', (decision, logged) => {
    const { reason: _, observation: __, ...rest } = logLine(unavailable, decision) as Record<string, unknown>;
    expect(rest).toEqual(logged);
  });

  it.each([
    ['warn', ['denied', 'violation', 'unavailable']],
    ['info', ['pending', 'throttled', 'on-hold', 'failed', 'succeeded', undefined]],
  ] as const)('is a line of level %s', (level, observations) => {
    for (const observation of observations)
      expect(levelOf({ detect_task_id: 'task', polls: 1, ...(observation && { observation }) })).toBe(level);
  });
});

describe('a poll that saw the task at work', () => {
  const line = { detect_task_id: 'task', polls: 1, status: 'processing' };

  it.each([
    ['is a line for debugging', { observation: 'pending', next: 'poll' }, 'debug'],
    ['is one over a wait of the workflow too', { observation: 'pending', next: 'wait' }, 'debug'],
    ['is news where it ends the task', { observation: 'pending', next: 'abandon' }, 'info'],
    [
      'is news where the status is not documented',
      { observation: 'pending', next: 'poll', status: 'queued' },
      'info',
    ],
    ['is a line for debugging where a slot is far', { next: 'wait' }, 'debug'],
  ] as const)('%s', (_what, more, level) => {
    expect(levelOf({ ...line, ...more })).toBe(level);
  });
});

describe('the ids of an invocation', () => {
  it('are those that its event names, and no more', () => {
    const state = { detect_task_id: 'task', attempt: 2, media_url: 'https://media.example/me.jpg' };
    const ids = { detect_task_id: 'task', attempt: 2, execution_name: '2-task' };
    expect(idsOf({ execution_name: '2-task', execution_arn: 'arn', state })).toEqual(ids);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'task'],
    ['an id that is none', { execution_name: 'x', state: { detect_task_id: '../x' } }],
  ])('are none for %s', (_what, event) => {
    expect(idsOf(event)).toEqual({});
  });
});
