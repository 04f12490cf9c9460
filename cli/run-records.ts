/** Runs a verb over the records of many tasks, and prints each record once. */
import type { Detection } from '../functions/detection/fields.ts';
import { codeOfStatus } from './exit-code.ts';
import type { Output } from './output.ts';
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
  const kept = new Map<string, Detection>();
  /** Media have no id before they are submitted. */
  const idOf = new Map<string, string>();

  function accept(detection: Detection): number {
    progress.show(detection);
    if (isJson) output.detection(detection);
    // A line does not need the faces.
    else kept.set(detection.detect_task_id, isWhole ? detection : { ...detection, faces: [] });
    return codeOfStatus(detection.status);
  }

  let codes: number[];
  try {
    const { maxInFlight } = backend;
    const run = async (name: string): Promise<Detection | undefined> => {
      const detection = await step(name, onRead, progress.say);
      if (detection !== undefined) idOf.set(name, detection.detect_task_id);
      return detection;
    };
    codes = await runEach(names, run, { accept, say: progress.say, signal, maxInFlight });
  } finally {
    progress.stop();
  }
  const detections = names.flatMap((name) => kept.get(idOf.get(name) ?? '') ?? []);
  if (isWhole) detections.forEach(output.detection);
  else output.summary(detections);
  return codes;
}
