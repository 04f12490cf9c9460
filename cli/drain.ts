/** Waits until a deployed stack has nothing left to do, so that it can be destroyed without leaving tasks behind. */
import type { Client } from '../client/client.ts';

/** The index lags behind the records, and a started execution writes its record a moment later. */
const quietRounds = 2;

export interface DrainOptions {
  /** Gives up what is open instead of waiting for its answer. */
  cancels: boolean;
  pause: () => Promise<unknown>;
  /** After each round: how many records are not done. */
  report: (undone: number) => void;
}

export async function drain(
  client: Pick<Client, 'undone' | 'cancel'>,
  { cancels, pause, report }: DrainOptions,
): Promise<void> {
  for (let quiet = 0; ;) {
    let undone = 0;
    for await (const detectTaskId of client.undone()) {
      undone += 1;
      if (cancels) await client.cancel(detectTaskId);
    }
    report(undone);
    quiet = undone === 0 ? quiet + 1 : 0;
    if (quiet === quietRounds) return;
    await pause();
  }
}
