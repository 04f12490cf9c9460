/** The simulated tasks, and where each one stands in its script. */
import { randomInt } from 'node:crypto';

import type { AnsweredTask } from './envelope.ts';
import { isSampleId, sampleScript } from './samples.ts';
import type { Answer, Script } from './script.ts';

interface Task extends AnsweredTask {
  script: Script;
  position: number;
  /** Calls that the step at `position` has answered. */
  answered: number;
}

export interface Tasks {
  /** Under an id that is known already, the task begins anew. */
  submit(script: Script, detectTaskId?: string): string;
  /** The step that answers this call; nothing where the task was not submitted. */
  next(detectTaskId: string): { step: Answer; task: AnsweredTask } | undefined;
  /** Ids whose script has answers that no call has read. */
  unread(): string[];
}

export function createTasks(now: () => number): Tasks {
  const tasks = new Map<string, Task>();

  const submit = (script: Script, detectTaskId = newTaskId()): string => {
    const startedAtMs = now();
    const finishedAtMs = startedAtMs + workMs(script);
    tasks.set(detectTaskId, { detectTaskId, startedAtMs, finishedAtMs, script, position: 0, answered: 0 });
    return detectTaskId;
  };

  return {
    submit,
    next(detectTaskId) {
      if (!tasks.has(detectTaskId) && isSampleId(detectTaskId))
        submit(sampleScript(detectTaskId), detectTaskId);
      const task = tasks.get(detectTaskId);
      return task && { step: advance(task, now() - task.startedAtMs), task };
    },
    unread: () => [...tasks.values()].filter(isUnread).map((task) => task.detectTaskId),
  };
}

function advance(task: Task, elapsedMs: number): Answer {
  for (;;) {
    const step = task.script[task.position];
    if (step === undefined) throw new Error(`${task.detectTaskId}: its script ends without an answer`);
    const isLast = task.position === task.script.length - 1;
    if (step.step === 'after') {
      if (elapsedMs < step.ms) {
        return { step: 'pending', status: elapsedMs < step.ms / 3 ? 'starting' : 'processing' };
      }
    } else if (isLast || task.answered < (step.times ?? 1)) {
      task.answered++;
      return step;
    }
    task.position++;
    task.answered = 0;
  }
}

function isUnread({ script, position, answered }: Task): boolean {
  const step = script[position];
  return position < script.length - 1 || (step?.step !== 'after' && answered < (step?.times ?? 1));
}

/** What the script waits for; the second of the provider's example where it waits for nothing. */
const workMs = (script: Script): number =>
  Math.max(1_000, ...script.map((step) => (step.step === 'after' ? step.ms : 0)));

const idAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const newTaskId = (): string =>
  Array.from({ length: 18 }, () => idAlphabet.charAt(randomInt(idAlphabet.length))).join('');
