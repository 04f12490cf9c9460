/**
 * `npm run test:repeat`: the suite as often as `--times` says, each time from the beginning; ends with 1 where any test
 * failed in any run, or where a run had fewer tests than the first. `-- --times 20 test/local` for some of the files,
 * `-- --shuffle` for files in another order each time; `-- --beside 4` keeps so many threads busy meanwhile, because no
 * result may depend on when a test gets its turn.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

/** What is read of a report of vitest's, which is Jest's. */
interface Report {
  numPassedTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: Assertion[] }[];
}
interface Assertion {
  fullName: string;
  status: string;
  failureMessages?: string[];
}
interface Run {
  passed: number;
  /** Each a sentence: which test, and what it said. */
  failures: string[];
}

/** The report of a run that left none. */
const nothing = JSON.stringify({ numPassedTests: 0, testResults: [] } satisfies Report);

await command();

async function command(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      times: { type: 'string', default: '50' },
      shuffle: { type: 'boolean', default: false },
      beside: { type: 'string', default: '0' },
    },
    allowPositionals: true,
  });
  const times = Number(values.times);
  if (!Number.isInteger(times) || times < 1)
    throw new Error(`--times ${values.times}: a whole number from 1 on`);

  const rivals = Array.from({ length: Number(values.beside) }, () => new Worker('for (;;);', { eval: true }));
  const runs: Run[] = [];
  for (let at = 1; at <= times; at += 1) {
    const beganMs = performance.now();
    const run = await runSuite(positionals, values.shuffle ? at : null);
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    runs.push(run);
    console.log(`${at} of ${times}: ${run.passed} passed, ${run.failures.length} failed, ${seconds} s`);
    for (const failure of run.failures) console.log(`  ${failure}`);
  }
  await Promise.all(rivals.map((rival) => rival.terminate()));
  const passed = runs.reduce((total, run) => total + run.passed, 0);
  const flaky = runs.filter(({ failures }) => failures.length > 0).length;
  const uneven = runs.filter((run) => run.passed + run.failures.length < runs[0]!.passed).length;
  console.log(
    `${times} runs, ${passed} tests passed; ${flaky} runs with a failure, ${uneven} with fewer tests`,
  );
  if (flaky > 0 || uneven > 0) process.exitCode = 1;
}

async function runSuite(files: readonly string[], seed: number | null): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'repeat-'));
  const report = join(folder, 'report.json');
  const order = seed === null ? [] : ['--sequence.shuffle.files', `--sequence.seed=${seed}`];
  const { code, stderr } = await vitest([
    'run',
    '--reporter=json',
    `--outputFile=${report}`,
    ...order,
    ...files,
  ]);
  const reported = await readFile(report, 'utf8').catch(() => null);
  await rm(folder, { recursive: true, force: true });
  const { numPassedTests: passed, testResults } = JSON.parse(reported ?? nothing) as Report;
  const failures = testResults.flatMap(failuresOf);
  // What fails outside of a test, as an unhandled rejection, is in no report.
  if (code !== 0 && failures.length === 0) failures.push(`vitest ended with ${code}: ${errorIn(stderr)}`);
  return { passed, failures };
}

function failuresOf({ name, status, message, assertionResults }: Report['testResults'][number]): string[] {
  const failed = assertionResults.filter((assertion) => assertion.status === 'failed');
  const file = name.replace(`${process.cwd()}/`, '');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map(
    ({ fullName, failureMessages }) => `${file} › ${fullName}: ${firstLine(failureMessages?.[0] ?? '')}`,
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** The first line of it that names an error. */
function errorIn(stderr: string): string {
  return stderr.split('\n').find((line) => line.includes('Error')) ?? 'without a word';
}

async function vitest(args: string[]): Promise<{ code: number | null; stderr: string }> {
  const main = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, code] = await Promise.all([
    textOf(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
  ]);
  return { code, stderr };
}
