/**
 * The interpreter with a clock of its own: waits, retries, their jitter and every time-out of a definition pass in
 * virtual time, so that the definition runs as it is, and runs again the same way.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';

import type { VirtualClock } from './virtual-clock.ts';

type Interpreter = Pick<typeof import('aws-local-stepfunctions'), 'StateMachine'>;

const require = createRequire(import.meta.url);
const file = require.resolve('aws-local-stepfunctions');
const given = ['module', 'exports', 'require', 'setTimeout', 'clearTimeout', 'Date', 'Math'];
const load = vm.compileFunction(readFileSync(file, 'utf8'), given, { filename: file }) as (
  ...given: unknown[]
) => void;

export function createInterpreter(clock: VirtualClock, random: () => number): Interpreter {
  class VirtualDate extends Date {
    constructor(...parts: [] | [string]) {
      super(...((parts.length === 0 ? [clock.now()] : parts) as [number]));
    }
    static override now = clock.now;
  }
  const math = Object.assign(Object.create(Math) as Math, { random });
  const module = { exports: {} };
  load(module, module.exports, createRequire(file), clock.setTimeout, clock.clearTimeout, VirtualDate, math);
  return module.exports as Interpreter;
}
