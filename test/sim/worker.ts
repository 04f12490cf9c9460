/** One thread's share of the cells. */
import { parentPort, workerData } from 'node:worker_threads';

import { type Asked, cellsOf, runCell } from './cells.ts';

const { index, of, asked } = workerData as { index: number; of: number; asked: Asked };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a window's; a thread has none
for (let cell = index; cell < cellsOf(asked); cell += of) parentPort?.postMessage(await runCell(asked, cell));
