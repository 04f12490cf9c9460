/** The simulated tasks, and where each one stands in its script. */
import type { AnsweredTask } from './envelope.ts';
import { isSampleId, type SampleId, sampleScript } from './samples.ts';
import type { Answer, Script } from './script.ts';
import { newTaskId, readTaskId } from './task-id.ts';

interface Task extends AnsweredTask {
  script: Script;
  position: number;
  /** Calls that the step at `position` has answered. */
  answered: number;
}

export interface Tasks {
  /** Under an id that is known already, the task begins anew. */
  submit(script: Script, detectTaskId?: string): string;
  submitSample(sample: SampleId): string;
  /** The step that answers this call; nothing where the task was not submitted. */
  next(detectTaskId: string): { step: Answer; task: AnsweredTask } | undefined;
  /** Whether the id is one of a task: submitted here, a sample, or submitted to the simulator of another process. */
  knows(detectTaskId: string): boolean;
  /** Ids whose script has answers that no call has read. */
  unread(): string[];
}

/** `origin` begins the links of the faces. */
export function createTasks(now: () => number, origin: () => string): Tasks {
  const tasks = new Map<string, Task>();

  function begin(script: Script, detectTaskId: string, startedAtMs = now()): Task {
    const finishedAtMs = startedAtMs + workMs(script);
    const times = { startedAtMs, finishedAtMs };
    const task = { detectTaskId, origin: origin(), ...times, script, position: 0, answered: 0 };
    tasks.set(detectTaskId, task);
    return task;
  }

  /** Of a sample's own id, from its first call on; of a submission to another simulator, from that moment on. */
  function beginKnown(detectTaskId: string): Task | undefined {
    if (isSampleId(detectTaskId)) return begin(sampleScript(detectTaskId), detectTaskId);
    const { sample, startedAtMs } = readTaskId(detectTaskId) ?? {};
    return sample && begin(sampleScript(sample), detectTaskId, startedAtMs);
  }

  return {
    submit: (script, detectTaskId = newTaskId(undefined, now())) => begin(script, detectTaskId).detectTaskId,
    submitSample: (sample) => begin(sampleScript(sample), newTaskId(sample, now())).detectTaskId,
    next(detectTaskId) {
      const task = tasks.get(detectTaskId) ?? beginKnown(detectTaskId);
      return task && { step: advance(task, now() - task.startedAtMs), task };
    },
    knows: (detectTaskId) =>
      tasks.has(detectTaskId) || isSampleId(detectTaskId) || readTaskId(detectTaskId)?.sample !== undefined,
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
