import { parentPort } from 'node:worker_threads';

import { type Job, run } from './run.ts';

// The interpreter's JSONPath makes an error object for every path, and a trace for each of them takes longer than the path.
Error.stackTraceLimit = 0;

parentPort?.on('message', (job: Job) => {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
  void run(job).then((benched) => parentPort?.postMessage(benched));
});
