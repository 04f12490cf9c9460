/** Runs a verb over the records of many tasks, and prints each record once. */
import type { Detection } from '../functions/detection/fields.ts';
import { codeOfStatus } from './exit-code.ts';
import { type Output, type Summarised, summarise } from './output.ts';
import { createProgress, noProgress } from './progress.ts';
import { runEach } from './run-each.ts';
import type { Backend, Session } from './session.ts';

/** `onRead` takes the states in between, where they are shown; `say` a line. `undefined` means: there is no such record. */
export type Step = (
  name: string,
  onRead: ((detection: Detection) => void) | undefined,
  say: (line: string) => void,
) => Promise<Detection | undefined>;

export interface RunRecordsOptions {
  session: Session;
  backend: Backend;
  output: Output;
  /** What people see of many tasks: every record whole, or a line each; with the progress of the waiting. */
  shows: 'records' | 'lines' | 'progress and lines';
}

/** The exit code of each task, as its record ended. Tasks are named by their ids, or by media to submit. */
export async function runRecords(
  names: readonly string[],
  step: Step,
  { session, backend, output, shows }: RunRecordsOptions,
): Promise<number[]> {
  if (names.length === 0) return [];
  const { signal } = session;
  const isJson = session.format() === 'json';
  const isWhole = names.length === 1 || shows === 'records';
  const progress =
    shows === 'progress and lines' ? await createProgress(session, names.length) : noProgress(session);
  const onRead = progress.wantsEveryState ? progress.show : undefined;
  backend.followPolls?.(({ detect_task_id, polls }) => progress.count(detect_task_id, polls));
  /** One record is shown when nothing is drawn any more; of many tasks only a line is kept. */
  const held: Detection[] = [];
  const lines = new Map<string, Summarised>();
  const show = shows === 'records' ? output.detection : (detection: Detection) => void held.push(detection);
  const records = inOrder(names, show);

  async function run(name: string): Promise<Detection | undefined> {
    let detection: Detection | undefined;
    try {
      detection = await step(name, onRead, progress.say);
      if (!isJson && !isWhole && detection !== undefined) lines.set(name, summarise(detection));
      return detection;
    } finally {
      if (!isJson && isWhole) records.take(name, detection);
    }
  }
  function accept(detection: Detection): number {
    progress.show(detection);
    if (isJson) output.detection(detection);
    return codeOfStatus(detection.status);
  }

  let codes: number[];
  try {
    const { maxInFlight } = backend;
    codes = await runEach(names, run, { accept, say: progress.say, signal, maxInFlight });
  } finally {
    progress.stop();
  }
  records.end();
  held.forEach(output.detection);
  if (!isWhole) output.summary(names.flatMap((name) => lines.get(name) ?? []));
  return codes;
}

/** Shows results in the order of their names, each as soon as those before it are there. */
function inOrder<T>(names: readonly string[], show: (result: T) => void) {
  const early = new Map<string, T | undefined>();
  let shown = 0;
  const showUntil = (isDone: (name: string) => boolean): void => {
    for (; shown < names.length && !isDone(names[shown]!); shown += 1) {
      const result = early.get(names[shown]!);
      early.delete(names[shown]!);
      if (result !== undefined) show(result);
    }
  };
  return {
    /** Nothing where a name has no result. */
    take(name: string, result: T | undefined): void {
      early.set(name, result);
      showUntil((next) => !early.has(next));
    },
    /** Also those behind a name that was interrupted. */
    end: () => showUntil(() => false),
  };
}
