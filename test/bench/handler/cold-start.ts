/** `node cold-start.ts <bundle> load|both|first`: what loading a function took, its first invocation, or both. */
import { contextOf, eventOf } from './event.ts';

const [, , bundle = '', part] = process.argv;
let before = process.cpuUsage();
let startedMs = performance.now();
const { handler } = (await import(bundle)) as {
  handler: (event: unknown, context: unknown) => Promise<unknown>;
};
if (part === 'first') {
  before = process.cpuUsage();
  startedMs = performance.now();
}
if (part !== 'load') await handler(eventOf('task-1'), contextOf(1));
const wallMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, wallMs }));
// Connections that are kept alive would keep the process.
process.exit();
