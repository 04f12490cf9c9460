/**
 * A function in a process of its own, as Lambda would run it: `node sandbox.ts <bundle>`, then messages
 * `{invocations, concurrency, expected}`, each answered by what they took together.
 */
import { contextOf, eventOf } from './event.ts';

const { handler } = (await import(process.argv[2] ?? '')) as {
  handler: (event: unknown, context: unknown) => Promise<{ next?: string; status?: string }>;
};
let invoked = 0;

/** A function that fails fast would be measured as a fast one. */
async function invoke(expected: string): Promise<void> {
  invoked++;
  const { next, status } = await handler(eventOf(`task-${invoked}`), contextOf(invoked));
  const answer = next ?? status;
  if (answer !== expected) throw new Error(`the function answered ${answer} and not ${expected}`);
}

interface Work {
  invocations: number;
  concurrency: number;
  /** `next` of the Poll function's answer, `status` of the bare one's. */
  expected: string;
}

async function run({ invocations, concurrency, expected }: Work): Promise<void> {
  let left = invocations;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await invoke(expected);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function measure(work: Work): Promise<void> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await run(work);
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, wallMs, heapUsed });
}

process.on('message', (work: Work) => void measure(work));
