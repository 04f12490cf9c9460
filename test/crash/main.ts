/**
 * `npm run test:crash`: every call that leaves a process, from the start of a task until its record is final, forgotten or
 * expired, each stopped before it is carried out, carried out and not acknowledged, and the last thing its process does;
 * then the next process goes on. Ends with 1 where a promise is broken or a story ends otherwise. `-- --only <words>`
 * runs some stories, `-- --every <n>` each nth of their points.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { crash, pointsOf } from './points.ts';
import { crashStories } from './stories.ts';

/** Both cores of the machine that this is measured on. */
const threads = 2;

interface Share {
  index: number;
  only: string;
  every: number;
}
interface StoryResult {
  name: string;
  points: number;
  unmet: number;
  broken: string[];
}

if (isMainThread) await command();
else await work(workerData as Share);

async function work({ index, only, every }: Share): Promise<void> {
  const heldByMe = crashStories.filter(({ name }, at) => name.includes(only) && at % threads === index);
  for (const at of heldByMe) {
    const { points: all, end } = await pointsOf(at);
    const points = all.filter((_, place) => place % every === 0);
    const result: StoryResult = { name: at.name, points: points.length, unmet: 0, broken: [] };
    for (const point of points) {
      const { faults, hasMet } = await crash(point, end);
      if (!hasMet) result.unmet += 1;
      const { edge, crossing, fault } = point.fault;
      result.broken.push(...faults.map((sentence) => `${edge} ${crossing} ${fault}: ${sentence}`));
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a window's; a thread has none
    parentPort?.postMessage(result);
  }
}

async function command(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, every: { type: 'string', default: '1' } },
  });
  const { only } = values;
  const every = Number(values.every);
  if (!(Number.isInteger(every) && every >= 1)) throw new Error('--every: must be a whole number from 1');
  const beganMs = performance.now();
  const all: StoryResult[] = [];
  const share = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { index, only, every } satisfies Share,
      });
      worker.on('message', (result: StoryResult) => {
        all.push(result);
        console.log(`${result.name}: ${result.points} points`);
        for (const sentence of result.broken.slice(0, 5)) console.log(`  broken at ${sentence}`);
      });
      worker.once('error', reject).once('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: threads }, (_, index) => share(index)));
  const sum = (of: (result: StoryResult) => number): number =>
    all.reduce((total, result) => total + of(result), 0);
  const broken = sum((result) => result.broken.length);
  console.log(
    `\n${sum(({ points }) => points).toLocaleString('en')} points in ${all.length} stories, ${sum(({ unmet }) => unmet)} of them not met again, ${broken} broken, ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`,
  );
  if (broken > 0 || all.length === 0) process.exitCode = 1;
}
