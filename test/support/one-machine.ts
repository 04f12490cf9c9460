/** One machine for the tests of a block: a simulator, a data folder, and the command line over both. */
import path from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { runHere } from './cli-in-process.ts';
import { type CliOptions, type Ended, type Running, startCli, temporaryFolder } from './cli.ts';

export interface OneMachine {
  simulator: Simulator;
  /** The data folder is in it. */
  folder: string;
  dataFolder: string;
  env: Record<string, string>;
  /** In a process of its own. The environment of the options adds to the machine's. */
  start: (args: readonly string[], options?: CliOptions) => Running;
  /** In this process. */
  run: (args: readonly string[], options?: Pick<CliOptions, 'env' | 'stdin'>) => Promise<Ended>;
  calls: (detectTaskId: string) => number;
  /** Resolves when a task was polled so many times. */
  called: (detectTaskId: string, times?: number) => Promise<void>;
}

export function useMachine({ apiKey = 'a-key-of-the-tests' } = {}): OneMachine {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const start: OneMachine['start'] = (args, options = {}) =>
    startCli(args, { ...options, env: { ...machine.env, ...options.env } });
  const calls = (id: string): number => machine.simulator.requestsFor(id).length;
  const machine = {
    start,
    run: (args, options = {}) => runHere(args, { ...options, env: { ...machine.env, ...options.env } }),
    calls,
    async called(id, times = 1) {
      while (calls(id) < times) await new Promise((resolve) => setTimeout(resolve, 10));
    },
  } as OneMachine;
  beforeAll(async () => {
    machine.simulator = await startSimulator({ apiKey });
    folder = await temporaryFolder();
    machine.folder = folder.path;
    machine.dataFolder = path.join(folder.path, 'data');
    const { baseUrl } = machine.simulator;
    machine.env = { CRUN_BASE_URL: baseUrl, CRUN_API_KEY: apiKey, FACE_POLLER_DATA: machine.dataFolder };
  });
  afterAll(async () => {
    await machine.simulator.close();
    await folder[Symbol.asyncDispose]();
  });
  return machine;
}
