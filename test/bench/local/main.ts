/**
 * `npm run bench:local [-- --json] [-- --tasks 100000] [-- --window 500]`: the local stack beside the floor of what it
 * is made of: the interpreter and the embedded database alone, with the same writes and no provider.
 *
 * Each side has a process and a data folder of its own; the simulated provider, whom only ours asks, has a third. A task
 * is started, has its answer at the first poll, and is waited for. A waiting task is one that the provider is at work on.
 * The growth is that of ours over all tasks, from when a fifth of them is done: with a window of tasks in flight. What
 * is over a bound is measured again, in new processes; it fails where it is over in all of them.
 */
import { parseArgs } from 'node:util';

import type { Script } from '../../../local/simulator/script.ts';
import { startSimulator } from '../../../local/simulator/simulator.ts';
import { compare } from '../handler/pairs.ts';
import { isKept, type Result, rowOf } from '../handler/result.ts';
import { openSide, type Side } from './side.ts';
import type { Measured } from './subject.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    tasks: { type: 'string', default: '2000' },
    window: { type: 'string', default: '500' },
  },
});
const [tasks, window] = [Number(options.tasks), Number(options.window)];
if (!(tasks >= 500 && window >= 1)) throw new Error('--tasks: at least 500; --window: at least 1');

/** So many that the median is the same in each run, also of a few tasks. */
const pairs = 15;
const waiting = Math.min(window * 2, 1_000);
/** For memory twice what was seen: a wait that turns busy, or a leak, is far beyond. */
const bars = { cpu: 1.3, slowness: 1.25, memory: 10, growth: 1.15 };

const simulator = await startSimulator({ apiKey: 'a-key-of-the-bench', isRecording: false });
const answered: Script = [{ step: 'succeeded', faces: 1 }];
const atWork: Script = [
  { step: 'after', ms: 86_400_000 },
  { step: 'succeeded', faces: 1 },
];
let submitted = 0;
const submit = (count: number, script: Script): string[] =>
  Array.from({ length: count }, () => simulator.submit(script, `bench-${submitted++}`));
const finish = (side: Side, count: number): Promise<Measured> =>
  side.do({ what: 'finish', detectTaskIds: submit(count, answered), window: Math.min(window, count) });

/** Bytes for each task that waits, its start being over. */
async function bytesOfWaiting(side: Side): Promise<number> {
  const idle = await finish(side, 1);
  const filled = await side.do({ what: 'wait', detectTaskIds: submit(waiting, atWork), window: 50 });
  return (filled.heapUsed - idle.heapUsed) / waiting;
}

async function measure(ours: Side, bare: Side): Promise<Result[]> {
  const warmUp = Math.floor(tasks / 5);
  const early = await finish(ours, warmUp);
  await finish(bare, warmUp);
  const batch = Math.floor(tasks / 20);
  let writes = { ours: 0, bare: 0 };
  const speed = await compare(
    pairs,
    async () => {
      const measured = await finish(ours, batch);
      writes = { ...writes, ours: measured.writes / batch };
      return measured;
    },
    async () => {
      const measured = await finish(bare, batch);
      writes = { ...writes, bare: measured.writes / batch };
      return measured;
    },
  );
  const late = await finish(ours, Math.max(tasks - warmUp - pairs * batch, 1));
  const memory = { ours: await bytesOfWaiting(ours), bare: await bytesOfWaiting(bare) };
  const each = (ms: number): number => ms / batch;
  return [
    {
      what: 'writes of a task',
      unit: '',
      ours: writes.ours,
      bare: writes.bare,
      ratio: writes.ours / writes.bare,
      bound: 1,
    },
    {
      what: 'CPU of a task',
      unit: 'ms',
      ours: each(speed.ours.cpuMs),
      bare: each(speed.bare.cpuMs),
      ratio: speed.ratio.cpu,
      bound: bars.cpu,
    },
    {
      what: 'wall time of a task',
      unit: 'ms',
      ours: each(speed.ours.wallMs),
      bare: each(speed.bare.wallMs),
      ratio: speed.ratio.wall,
      bound: bars.slowness,
    },
    {
      what: `memory of a waiting task (of ${waiting})`,
      unit: 'KB',
      ours: memory.ours / 1_000,
      bare: memory.bare / 1_000,
      ratio: memory.ours / memory.bare,
      bound: bars.memory,
    },
    {
      what: `heap after ${tasks} tasks, beside a fifth of them`,
      unit: 'MB',
      ours: late.heapUsed / 1e6,
      bare: early.heapUsed / 1e6,
      ratio: late.heapUsed / early.heapUsed,
      bound: bars.growth,
    },
  ];
}

/** In one of four processes the engine compiles worse, and each of its tasks takes a tenth more. */
const maxProcesses = 4;

async function measureInFreshProcesses(): Promise<Result[]> {
  const [ours, bare] = await Promise.all([openSide('ours', simulator), openSide('bare', simulator)]);
  try {
    return await measure(ours, bare);
  } finally {
    await Promise.all([ours.close(), bare.close()]);
  }
}

try {
  let broken: Result[] = [];
  for (let processes = 1; processes <= maxProcesses; processes++) {
    const results = await measureInFreshProcesses();
    if (options.json) console.log(JSON.stringify(results, null, 2));
    else console.table(Object.fromEntries(results.map((result) => [result.what, rowOf(result)])));
    broken = results.filter((result) => !isKept(result));
    if (broken.length === 0) break;
    for (const { what } of broken) console.error(`over its bound: ${what}`);
  }
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await simulator.close();
}
