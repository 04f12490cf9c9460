/** The progress of waiting tasks: a spinner line each, one bar for many, plain lines in a pipe. */
import type { Detection } from '../functions/detection/fields.ts';
import { isFinal } from '../functions/detection/types.ts';
import { ageOf, coloured, countOf, resultOf } from './output.ts';
import { formatPrice, priceOf } from './price.ts';

export interface Progress {
  /** Whether the states in between are shown, and so must be read. */
  wantsEveryState: boolean;
  show: (detection: Detection) => void;
  /** The record counts its polls when it is written; a task is polled more often. */
  count: (detectTaskId: string, polls: number) => void;
  /** Writes a line that stays: what is drawn is drawn anew below it. */
  say: (line: string) => void;
  stop(): void;
}

/** More lines than this would not fit a screen. */
const maxLines = 20;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

interface ProgressDeps {
  stderr: NodeJS.WriteStream;
  /** Whether standard error is a terminal that can move its cursor. */
  movesCursor: boolean;
  format: () => 'json' | 'text';
  /** Whether other lines come in between. */
  isVerbose: () => boolean;
}

export async function createProgress(deps: ProgressDeps, total: number): Promise<Progress> {
  const { stderr, movesCursor, format, isVerbose } = deps;
  if (movesCursor && !isVerbose()) return total <= maxLines ? spinners(stderr) : bar(stderr, total);
  return format() === 'json' ? noProgress(deps) : plainLines(stderr, total);
}

export const noProgress = ({ stderr }: Pick<ProgressDeps, 'stderr'>): Progress => ({
  wantsEveryState: false,
  show: () => {},
  count: () => {},
  say: (line) => void stderr.write(`${line}\n`),
  stop: () => {},
});

async function spinners(stderr: NodeJS.WriteStream): Promise<Progress> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(stderr);
  const tasks = new Map<string, Detection>();
  const counted = new Map<string, number>();
  let frame = 0;
  const render = (): void => {
    const lines = [...tasks.values()].map((read) => {
      const detection = { ...read, polls: counted.get(read.detect_task_id) ?? read.polls };
      const isDone = isFinal(detection.status);
      const mark = isDone ? (detection.status === 'succeeded' ? '✔' : '✖') : frames[frame % frames.length];
      return `${mark} ${describe(detection, stderr, isDone ? undefined : Date.now())}`;
    });
    update(lines.join('\n'));
    frame += 1;
  };
  const timer = setInterval(render, frameMs);
  return {
    wantsEveryState: true,
    show(detection) {
      const { detect_task_id, polls } = detection;
      tasks.set(detect_task_id, detection);
      counted.set(detect_task_id, Math.max(polls, counted.get(detect_task_id) ?? 0));
    },
    count: (detectTaskId, polls) => void counted.set(detectTaskId, polls),
    say(line) {
      update.clear();
      stderr.write(`${line}\n`);
      render();
    },
    stop() {
      clearInterval(timer);
      render();
      update.done();
    },
  };
}

async function bar(stderr: NodeJS.WriteStream, total: number): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const format =
    '{bar} {value}/{total} final | {succeeded} succeeded, {failed} failed, {abandoned} abandoned | {duration_formatted}';
  const drawn = new cliProgress.SingleBar(
    { format, stream: stderr, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  const counts = { succeeded: 0, failed: 0, abandoned: 0 };
  drawn.start(total, 0, counts);
  return {
    wantsEveryState: false,
    show(detection) {
      if (!isFinal(detection.status)) return;
      counts[detection.status] += 1;
      drawn.increment(1, counts);
    },
    count: () => {},
    // The bar is drawn again within a moment.
    say: (line) => void stderr.write(`\r\u001B[K${line}\n`),
    stop: () => drawn.stop(),
  };
}

function plainLines(stderr: NodeJS.WriteStream, total: number): Progress {
  const shown = new Map<string, string>();
  let finals = 0;
  return {
    wantsEveryState: total <= maxLines,
    show(detection) {
      const { detect_task_id, status } = detection;
      if (shown.get(detect_task_id) === status) return;
      shown.set(detect_task_id, status);
      if (isFinal(status)) finals += 1;
      if (total <= maxLines) stderr.write(`${describe(detection, stderr)}\n`);
      else if (isFinal(status) && (finals % 100 === 0 || finals === total))
        stderr.write(`${finals} of ${total} final\n`);
    },
    count: () => {},
    say: (line) => void stderr.write(`${line}\n`),
    stop: () => {},
  };
}

function describe(detection: Detection, stream: NodeJS.WriteStream, nowMs?: number): string {
  const { detect_task_id, status } = detection;
  const parts = [
    coloured(status, stream),
    resultOf(detection),
    ageOf(detection, nowMs),
    countOf(detection.polls, 'poll'),
    formatPrice(priceOf(detection)),
  ];
  return `${detect_task_id}  ${parts.filter((part) => part !== undefined).join('  ')}`;
}
