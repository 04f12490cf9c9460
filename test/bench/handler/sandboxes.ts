import { execFile, fork } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Cost } from './pairs.ts';

/** The heap is in bytes, and collected first where the process runs with `--expose-gc`. */
type Measured = Cost & { heapUsed: number };

export interface Sandbox {
  /** Invokes so many times, and says what all of them took together. `expected`: what each is to answer. */
  invoke(expected: string, invocations: number, concurrency?: number): Promise<Measured>;
  close(): void;
}

export const environmentOf = (url: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: url,
  AWS_LAMBDA_FUNCTION_NAME: 'Poll',
  CRUN_API_KEY: 'a-key-of-the-bench',
  CRUN_BASE_URL: url,
  TABLE_NAME: 'the-table',
  EVENT_BUS_NAME: 'default',
  API_KEY_SECRET_ARN: 'arn',
  DEADLINE_SECONDS: '3600',
  RETENTION_DAYS: '30',
  SHARDS: '1',
  CALLBACK_HOSTS: '*',
  CALLBACK_PORTS: '443',
  RATE_LIMIT: '0',
  WORKFLOW_TYPE: 'EXPRESS',
});

/** One warm sandbox. What its function logs goes nowhere, as cheaply as Lambda's own pipe takes it. */
export function startSandbox(
  bundle: string,
  env: Record<string, string>,
  flags: readonly string[] = [],
): Sandbox {
  const child = fork(join(import.meta.dirname, 'sandbox.ts'), [bundle], {
    env,
    execArgv: [...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pending: PromiseWithResolvers<Measured>[] = [];
  child.on('message', (message) => pending.shift()?.resolve(message as Measured));
  child.on('exit', (code) => {
    for (const { reject } of pending.splice(0)) reject(new Error(`a function's process ended with ${code}`));
  });
  return {
    invoke(expected, invocations, concurrency = 1) {
      const answer = Promise.withResolvers<Measured>();
      pending.push(answer);
      child.send({ invocations, concurrency, expected });
      return answer.promise;
    },
    close: () => child.disconnect(),
  };
}

const runFile = promisify(execFile);

export type ColdPart = 'load' | 'both' | 'first';

/** What it takes a fresh process to load a function, to answer once, or both; Node's own start not counted. */
export async function coldStart(bundle: string, env: Record<string, string>, part: ColdPart): Promise<Cost> {
  const script = join(import.meta.dirname, 'cold-start.ts');
  const { stdout } = await runFile(process.execPath, [script, bundle, part], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Cost;
}
