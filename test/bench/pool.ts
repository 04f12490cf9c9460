/** Runs the jobs of a bench on every processor; each is a world of its own, so their order changes nothing. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type { Benched, Job } from './run.ts';

export async function runAll(jobs: readonly Job[]): Promise<Benched[]> {
  const benched: Benched[] = [];
  // The longest first, so that none is left over at the end.
  const waiting = [...jobs.keys()].toSorted((a, b) => weight(jobs[b]) - weight(jobs[a]));

  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    for (;;) {
      const index = waiting.shift();
      const job = index === undefined ? undefined : jobs[index];
      if (index === undefined || job === undefined) break;
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
      worker.postMessage(job);
      const [done] = (await once(worker, 'message')) as [Benched];
      benched[index] = done;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, work));
  return benched;
}

const weight = (job: Job | undefined): number =>
  (job?.workload === 'video' ? 2 : 0) + (job?.policy.startsWith('ours') === true ? 1 : 0);
