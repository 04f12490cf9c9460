/** Many tasks at a time, each brought as far as a verb wants it, with its progress shown and its record printed once. */
import type { Detection } from '../functions/detection/fields.ts';
import { codeOfStatus, exitCode, explainError } from './exit-code.ts';
import type { Output } from './output.ts';
import { createProgress } from './progress.ts';

/** More would not go faster, and each holds a little memory. */
const maxInFlight = 1_000;

/** `onRead` takes the states in between, where somebody looks at them. `undefined` means: no such record. */
export type Step = (
  detectTaskId: string,
  onRead: ((detection: Detection) => void) | undefined,
) => Promise<Detection | undefined>;

export interface RunEachDeps {
  output: Output;
  stderr: NodeJS.WriteStream;
  signal: AbortSignal;
  format: 'json' | 'text';
}

/** The exit code that each task alone would come to. One that fails does not keep the others from going on. */
export async function runEach(
  detectTaskIds: readonly string[],
  step: Step,
  { output, stderr, signal, format }: RunEachDeps,
): Promise<number[]> {
  const progress = createProgress(stderr, detectTaskIds.length, format);
  const onRead = progress.wantsEveryState ? progress.show : undefined;
  const isOne = detectTaskIds.length === 1;
  const detections: Detection[] = [];
  const said = new Set<string>();
  const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  const onAbort = (): void => interrupt(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const say = (sentence: string): void => {
    if (!said.has(sentence)) stderr.write(`${sentence}\n`);
    said.add(sentence);
  };

  async function bring(detectTaskId: string): Promise<number> {
    try {
      signal.throwIfAborted();
      // Also what waits for its turn at a service, or for an answer that never comes, ends at once.
      const detection = await Promise.race([step(detectTaskId, onRead), interrupted]);
      if (detection === undefined) {
        say(`${detectTaskId}: there is no record of this task`);
        return exitCode['not-found'];
      }
      progress.show(detection);
      if (format === 'json') output.detection(detection);
      // Of many, people are shown a line each: their faces need not be kept.
      else detections.push(isOne ? detection : { ...detection, faces: [] });
      return codeOfStatus(detection.status);
    } catch (error) {
      const { message, code } = explainError(error, signal);
      say(message);
      return code;
    }
  }

  const codes: number[] = [];
  const queue = detectTaskIds.values();
  const worker = async (): Promise<void> => {
    for (const detectTaskId of queue) codes.push(await bring(detectTaskId));
  };
  try {
    await Promise.all(Array.from({ length: Math.min(maxInFlight, detectTaskIds.length) }, worker));
  } finally {
    signal.removeEventListener('abort', onAbort);
    progress.stop();
  }
  const [only] = detections;
  if (isOne && only !== undefined) output.detection(only);
  else output.summary(detections);
  return codes;
}
