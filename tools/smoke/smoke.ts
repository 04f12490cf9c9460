/** Runs the steps, cleans up whatever happened, and says what was seen. */
import { exists, type Step, steps } from './steps.ts';
import { destroy, type World } from './world.ts';

export interface Outcome {
  name: string;
  result: 'passed' | 'failed' | 'not run';
  seen: string;
  seconds: number;
}

export const plan = (stackName: string): string =>
  [
    `This makes a stack ${stackName} in the account of your credentials, and destroys it again:`,
    ...steps.map(({ does }, index) => `${String(index + 1).padStart(4)}. ${does}`),
    'It takes 30 to 50 minutes and costs less than $0.50: minutes of functions, workflow, alarms and two secrets.',
    'The provider is never called.',
  ].join('\n');

/** Some steps build on the one before: the first that fails ends the test. */
export async function smoke(
  world: World,
  note: (outcome: Outcome) => void,
  chosen: readonly Step[] = steps,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  async function perform({ name, run }: Pick<Step, 'name' | 'run'>): Promise<Outcome['result']> {
    const began = world.now();
    const [result, seen] = await run(world).then(
      (what) => ['passed', what] as const,
      (error: Error) => ['failed', error.message] as const,
    );
    add({ name, result, seen, seconds: Math.round((world.now() - began) / 1_000) });
    return result;
  }
  function add(outcome: Outcome): void {
    outcomes.push(outcome);
    note(outcome);
  }

  let isBroken = false;
  for (const step of chosen) {
    if (isBroken) add({ name: step.name, result: 'not run', seen: '', seconds: 0 });
    else isBroken = (await perform(step)) === 'failed';
  }
  if (isBroken) await perform({ name: 'clean-up', run: cleanUp });
  return outcomes;
}

async function cleanUp(world: World): Promise<string> {
  if (!(await exists(world))) return 'nothing was there';
  await destroy(world);
  return 'the stack is destroyed';
}

/** To attach to an issue: it names neither the account nor an address. */
export function report(outcomes: readonly Outcome[], about: Readonly<Record<string, string>>): string {
  const rows = outcomes.map(
    ({ name, result, seen, seconds }) => `| ${name} | ${result} | ${cell(seen)} | ${seconds} |`,
  );
  return [
    '# Smoke test',
    '',
    ...Object.entries(about).map(([name, value]) => `- ${name}: ${value}`),
    '',
    '| step | result | seen | seconds |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const cell = (text: string): string =>
  text
    .replaceAll(/\d{12}/g, '<account>')
    .replaceAll(/https?:\/\/\S+/g, '<address>')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '/')
    .slice(0, 500);
