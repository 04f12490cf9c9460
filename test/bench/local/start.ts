/**
 * `npm run bench:start [-- --tasks 100000]`: as many ids through `start -`, all of them answered at the first poll. Every
 * id has its line, the memory of the process is bounded whatever their number, and the last fifth takes no more than twice
 * the processor time of the first. Ends with 1 where that does not hold.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { startSimulator } from '../../../local/simulator/simulator.ts';

const { values: options } = parseArgs({ options: { tasks: { type: 'string', default: '10000' } } });
const tasks = Number(options.tasks);
if (!(Number.isInteger(tasks) && tasks >= 5_000)) throw new Error('--tasks: a whole number from 5000 on');

/** A thousand tasks are under way at a time; some 450 MB were seen. */
const bars = { megabytes: 640, slowdown: 2 };
const fifths = 5;

const simulator = await startSimulator({ apiKey: 'a-key-of-the-bench', isRecording: false });
const ids = Array.from({ length: tasks }, (_, index) =>
  simulator.submit([{ step: 'succeeded', faces: 2 }], `many-${index}`),
);
const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
const main = join(import.meta.dirname, '../../../cli/face-poller.js');
const child = spawn(process.execPath, ['--max-semi-space-size=4', main, 'start', '-', '--json'], {
  env: {
    ...process.env,
    CRUN_API_KEY: simulator.apiKey,
    CRUN_BASE_URL: simulator.baseUrl,
    FACE_POLLER_DATA: folder,
  },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
child.stdin.end(ids.join('\n'));

/** At the beginning, and each time that another fifth of the tasks has its line. */
const marks = [{ seconds: 0, megabytes: 0 }];
const answered = new Set<string>();
for await (const line of createInterface({ input: child.stdout })) {
  answered.add((JSON.parse(line) as { detect_task_id: string }).detect_task_id);
  // The last mark a little earlier: a process that has ended says nothing of itself.
  if (answered.size >= (marks.length * tasks * 0.98) / fifths) marks.push(await measure());
}
const code = await ended;
await simulator.close();
await rm(folder, { recursive: true });

const spent = marks.slice(1).map(({ seconds }, index) => seconds - (marks[index]?.seconds ?? 0));
const megabytes = Math.max(...marks.map((mark) => mark.megabytes));
const slowdown = (spent.at(-1) ?? Infinity) / (spent[0] ?? 1);
console.log(`${answered.size} of ${tasks} ids have a line, exit code ${code}`);
console.log(`${megabytes} MB at the most, of ${bars.megabytes}`);
console.log(`seconds of processor by fifths: ${spent.map((each) => each.toFixed(1)).join(', ')}`);
if (code !== 0 || answered.size !== tasks || megabytes > bars.megabytes || slowdown > bars.slowdown) {
  console.log('a bar is broken');
  process.exitCode = 1;
}

/** Linux tells both of another process. */
async function measure(): Promise<{ seconds: number; megabytes: number }> {
  const [stat, status] = await Promise.all(
    ['stat', 'status'].map((name) => readFile(`/proc/${child.pid}/${name}`, 'utf8')),
  );
  const fields = (stat ?? '').split(') ').at(-1)?.split(' ') ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(status ?? '')?.[1]);
  return { seconds: ticks / 100, megabytes: Math.round(peakKb / 1_024) };
}
