/**
 * `npm run test:exhaustive`: every history of up to three outcomes, from every start, against every invariant; ends
 * with 1 where one is broken. `-- --length 2` walks shorter ones, `-- --plant <name>` a planted bug.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { invariants } from './invariants.ts';
import { add, partsWith, type Share } from './share.ts';
import { starts } from './starts.ts';
import { classifyAll, type Classified, type Walked } from './walk.ts';

/** The cores of the machine that the docs name. */
const threads = 2;

await command();

function inThread(share: Share): Promise<Walked> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('share.ts', import.meta.url), { workerData: share });
    worker.once('message', resolve).once('error', reject);
  });
}

async function command(): Promise<void> {
  const { length: asked, plant } = parseArgs({
    options: { length: { type: 'string', default: '3' }, plant: { type: 'string' } },
  }).values;
  const length = Number(asked);
  if (![1, 2, 3].includes(length)) throw new Error('--length is 1, 2 or 3');
  const beganMs = performance.now();
  const classified = classifyAll(partsWith(plant));
  const shares = Array.from({ length: threads }, (_, index) => ({ index, of: threads, length, plant }));
  const walked = (await Promise.all(shares.map(inThread))).reduce(add);
  print(classified, walked, length);

  const findings = [...classified.findings.map((found) => ({ ...found, count: 1 })), ...named(walked)];
  for (const { sentence, count, story } of findings.slice(0, 20))
    console.log(`\nbroken ${whole(count)} times: ${sentence}\n  ${story}`);
  // A run that never saw one of the decisions proves nothing.
  const isBlind = Object.values(walked.decisions).includes(0);
  console.log(
    `\n${findings.length} broken, ${isBlind ? 'not every decision seen, ' : ''}${((performance.now() - beganMs) / 1_000).toFixed(1)} s`,
  );
  if (findings.length > 0 || isBlind) process.exitCode = 1;
}

function named({ findings }: Walked) {
  return [...findings].map(([sentence, found]) => ({ sentence, ...found }));
}
function whole(count: number | bigint): string {
  return count.toLocaleString('en');
}

/** n + n² + n³ */
function upTo(count: number, length: number): bigint {
  return Array.from({ length }, (_, at) => BigInt(count) ** BigInt(at + 1)).reduce(
    (sum, power) => sum + power,
  );
}

function print(classified: Classified, walked: Walked, length: number): void {
  const { outcomes, observations } = classified;
  const steps = Object.values(walked.decisions).reduce((sum, count) => sum + count);
  console.log(
    [
      `${whole(outcomes)} outcomes classified, which are ${observations.length} distinct observations`,
      `${whole(upTo(outcomes, length))} histories of up to ${length} outcomes, which are ${whole(upTo(observations.length, length))} of observations`,
      `from ${whole([...starts()].length)} starts: ${walked.histories.map(whole).join(', ')} ended after ${['one', 'two', 'three'].slice(0, length).join(', ')}`,
      `${whole(steps)} decisions (${Object.entries(walked.decisions)
        .map(([next, count]) => `${next} ${whole(count)}`)
        .join(', ')}), each against ${invariants.length} invariants`,
    ].join('\n'),
  );
}
