/** `node cold-start.ts <bundle> none|first`: what loading a function took, and its first invocation where wanted. */
import { contextOf, eventOf } from './event.ts';

const [, , bundle = '', invocation] = process.argv;
const before = process.cpuUsage();
const startedMs = performance.now();
const { handler } = (await import(bundle)) as {
  handler: (event: unknown, context: unknown) => Promise<unknown>;
};
if (invocation === 'first') await handler(eventOf('task-1'), contextOf(1));
const wallMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, wallMs }));
// Connections that are kept alive would keep the process.
process.exit();
