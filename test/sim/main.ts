/**
 * `npm run sim -- --seed N --tasks N --faults all|none|provider,database,… [--type STANDARD|EXPRESS]`: the whole
 * service in virtual time under seeded faults, judged by its history alone; ends with 1 where a promise is broken, or
 * where too little succeeded to say anything. `--story FILE` runs one again, `--trace` prints what was seen.
 * `--submissions` has tasks that are submitted over and over, as many of them through each failure of the POST.
 * `--planted` plants a bug at a time and ends with 1 where one is not caught.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { workflowTypes } from '../../functions/detection/types.ts';
import { type Asked, type CellResult, cellsOf, classify, storyOf } from './cells.ts';
import { type Kind, kinds } from './faults.ts';
import { firstCatch, plantedBugs } from './planted-bugs.ts';
import { hashOf, problemsOf, report, sum } from './report.ts';
import type { Story } from './run.ts';
import { shrink } from './shrink.ts';

/** Both cores of the machine that this is measured on. */
const threads = 2;

await command();

async function command(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      tasks: { type: 'string', default: '1000' },
      faults: { type: 'string', default: 'all' },
      type: { type: 'string', default: 'STANDARD' },
      story: { type: 'string' },
      trace: { type: 'boolean', default: false },
      submissions: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
    },
  });
  if (values.planted) return plantAll();
  if (values.story !== undefined) return again(values.story, values.trace);
  const type = workflowTypes.find((each) => each === values.type);
  if (type === undefined) throw new Error(`--type is ${workflowTypes.join(' or ')}`);
  const asked: Asked = {
    seed: Number(values.seed),
    tasks: Number(values.tasks),
    type,
    enabled: kindsOf(values.faults),
    submissions: values.submissions,
  };
  if (!Number.isSafeInteger(asked.seed) || !(asked.tasks >= 1))
    throw new Error('--seed and --tasks are whole numbers');

  const beganMs = performance.now();
  const results = await inThreads(asked);
  const problems = problemsOf(sum(results), asked);
  console.log(report(results, asked));
  const broken = results.flatMap(({ cell, findings }) => findings.map((finding) => ({ cell, finding })));
  for (const { cell, finding } of broken.slice(0, 20))
    console.log(`\nbroken, ${finding.promise}: ${finding.task}, ${finding.sentence} (world ${cell})`);
  for (const problem of problems) console.log(`\nnot enough: ${problem}`);
  console.log(
    `\n${broken.length} broken, trace ${hashOf(results)}, ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`,
  );
  if (broken.length > 0 || problems.length > 0) process.exitCode = 1;
  const [first] = broken;
  if (first !== undefined) await explain(storyOf(asked, first.cell), first.finding);
}

function kindsOf(text: string): Kind[] {
  if (text === 'all') return [...kinds];
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const kind = kinds.find((each) => each === name);
    if (kind === undefined) throw new Error(`--faults is all, none or some of ${kinds.join(',')}`);
    return kind;
  });
}

async function inThreads(asked: Asked): Promise<CellResult[]> {
  const results: CellResult[] = [];
  const share = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData = { index, of: threads, asked };
      const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData });
      worker.on('message', (result: CellResult) => results.push(result));
      worker.once('error', reject).once('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: Math.min(threads, cellsOf(asked)) }, (_, index) => share(index)));
  return results.toSorted((a, b) => a.cell - b.cell);
}

async function explain(story: Story, finding: CellResult['findings'][number]): Promise<void> {
  console.log('\nshrinking the first …');
  const shrunk = await shrink(story, finding);
  console.log(
    `after ${shrunk.runs} runs, ${shrunk.finding.promise}: ${shrunk.finding.sentence}\n${JSON.stringify(shrunk.story)}`,
  );
}

async function again(file: string, isTraced: boolean): Promise<void> {
  const story = JSON.parse(readFileSync(file, 'utf8')) as Story;
  const { findings, hash } = await classify(story, {
    print: isTraced ? (line) => console.log(line) : undefined,
  });
  for (const { promise, task, sentence } of findings) console.log(`broken, ${promise}: ${task}, ${sentence}`);
  console.log(`${findings.length} broken, trace ${hash}`);
  if (findings.length > 0) process.exitCode = 1;
}

async function plantAll(): Promise<void> {
  for (const bug of plantedBugs) {
    const caught = await firstCatch(bug);
    console.log(
      `${bug.name}: ${caught === undefined ? 'NOT CAUGHT' : `${caught.promise}: ${caught.sentence}`}`,
    );
    if (caught === undefined) process.exitCode = 1;
  }
}
