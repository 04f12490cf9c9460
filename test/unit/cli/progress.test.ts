import { PassThrough } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createProgress } from '../../../cli/progress.ts';
import type { Detection } from '../../../functions/detection/fields.ts';

const detection = {
  detect_task_id: 'a-task',
  status: 'processing',
  created_at: '2026-11-22T12:00:00.000Z',
  execution_arn: 'arn:aws:states:us-east-1:123456789012:execution:poller:1-a-task',
  transitions: 3,
  polls: 1,
  invocations: 1,
  lambda_ms: 0,
} as unknown as Detection;

/** The lines that a terminal is left with. */
function screenOf(written: string): string[] {
  const lines = [''];
  let row = 0;
  // eslint-disable-next-line no-control-regex -- what a terminal obeys
  for (const [token] of written.matchAll(/\u001B\[[?\d]*[A-Za-z]|\n|\r|[^\u001B\n\r]+/g)) {
    if (token === '\n') row += 1;
    else if (token.endsWith('A') && token.startsWith('\u001B')) row -= Number(/\d+/.exec(token)?.[0] ?? 1);
    else if (token === '\u001B[2K' || token === '\u001B[K') lines[row] = '';
    else if (!token.startsWith('\u001B') && token !== '\r') lines[row] = (lines[row] ?? '') + token;
    lines[row] ??= '';
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '');
}

describe('a line that is said while progress is drawn', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['a spinner', 1],
    ['a bar', 50],
  ])('stays on the screen above %s', async (_name, total) => {
    let written = '';
    const stream = new PassThrough({ encoding: 'utf8' });
    stream.on('data', (text: string) => (written += text));
    const stderr = Object.assign(stream, { isTTY: true, columns: 80, rows: 24 });
    const drawing = createProgress(
      {
        stderr: stderr as unknown as NodeJS.WriteStream,
        movesCursor: true,
        format: () => 'text',
        isVerbose: () => false,
      },
      total,
    );
    await vi.advanceTimersByTimeAsync(100);
    const progress = await drawing;
    progress.show(detection);
    await vi.advanceTimersByTimeAsync(500);
    progress.say('the outcome of another task is not known');
    progress.show({ ...detection, status: 'succeeded', face_count: 1 });
    await vi.advanceTimersByTimeAsync(500);
    progress.stop();
    const screen = screenOf(written);
    expect(screen.filter((line) => line === 'the outcome of another task is not known')).toHaveLength(1);
    expect(screen.at(-1)).toMatch(total === 1 ? /^✔ a-task/ : /1\/50 final/);
    expect(screen).toHaveLength(2);
  });
});
