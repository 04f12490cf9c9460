/** Runs a step for each of many ids, some at a time. An id that fails does not keep the others from going on. */
import { untilAborted } from '../client/until-aborted.ts';
import { exitCode, explainError } from './exit-code.ts';

interface RunEachDeps<T> {
  /** Takes each result as it comes, and returns its exit code. */
  accept: (result: T) => number;
  /** Takes each line for people. */
  say: (line: string) => void;
  signal: AbortSignal;
  maxInFlight: number;
}

/** The exit code of each id. `undefined` from a step means: there is no such record. */
export async function runEach<T>(
  detectTaskIds: readonly string[],
  step: (detectTaskId: string) => Promise<T | undefined>,
  { accept, say, signal, maxInFlight }: RunEachDeps<T>,
): Promise<number[]> {
  const isOne = detectTaskIds.length === 1;
  const written = new Set<string>();

  function fail(detectTaskId: string, error: unknown): number {
    const { message, code } = explainError(error, signal);
    const isAboutAll = isOne || code === exitCode.interrupted || message.startsWith(`${detectTaskId}: `);
    const line = isAboutAll ? message : `${detectTaskId}: ${message}`;
    if (!written.has(line)) say(line);
    written.add(line);
    return code;
  }

  async function run(detectTaskId: string): Promise<number> {
    try {
      signal.throwIfAborted();
      // An interruption also ends a step that waits for a service.
      const result = await untilAborted(signal, step(detectTaskId));
      if (result !== undefined) return accept(result);
      say(`${detectTaskId}: there is no record of this task`);
      return exitCode['not-found'];
    } catch (error) {
      return fail(detectTaskId, error);
    }
  }

  const codes: number[] = [];
  const queue = detectTaskIds.values();
  const worker = async (): Promise<void> => {
    for (const detectTaskId of queue) codes.push(await run(detectTaskId));
  };
  await Promise.all(Array.from({ length: Math.min(maxInFlight, detectTaskIds.length) }, worker));
  return codes;
}
