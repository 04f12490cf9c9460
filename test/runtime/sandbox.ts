/** A sandbox as Lambda makes one: a function's bundle in Lambda's runtime client, which asks the runtime API for work. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { inject } from 'vitest';

import type { DeployedFunction } from './stack.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const maxPayloadBytes = 6 * 1_024 ** 2;

interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace: string[];
}

export type Ending =
  | { kind: 'answered'; answer: unknown; bytes: number }
  | { kind: 'failed'; error: FunctionError }
  | { kind: 'init-failed'; error: FunctionError; type: string | undefined }
  | { kind: 'too-large'; bytes: number }
  /** The process ended, by itself or because its time was up. */
  | { kind: 'timed-out' }
  | { kind: 'exited' };

export interface Sandbox extends AsyncDisposable {
  /** One at a time. The first one waits for the init. */
  invoke: (event: unknown, timeoutMs?: number) => Promise<Ending>;
  /** All that it wrote so far. */
  output: () => string;
  /** Its largest resident memory so far. */
  peakMb: () => Promise<number>;
}

const arn = 'arn:aws:lambda:us-east-1:123456789012:function:under-test:1';

export async function startSandbox(
  { folder, environment, memoryMb }: DeployedFunction,
  more: Record<string, string | undefined>,
): Promise<Sandbox> {
  let output = '';
  let count = 0;
  let work: { id: string; body: string; deadlineMs: number } | undefined;
  let asking: http.ServerResponse | undefined;
  let ended: ((ending: Ending) => void) | undefined;
  const end = (ending: Ending): void => ended?.(ending);
  let initError: Ending | undefined;

  function handOut(): void {
    if (work === undefined || asking === undefined) return;
    const { id, body, deadlineMs } = work;
    const headers = {
      'Lambda-Runtime-Aws-Request-Id': id,
      'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': arn,
      'Lambda-Runtime-Trace-Id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
      'Content-Type': 'application/json',
    };
    asking.writeHead(200, headers).end(body);
    [work, asking] = [undefined, undefined];
  }

  const api = http.createServer((request, response) => {
    const url = request.url ?? '';
    if (url.endsWith('/invocation/next')) {
      asking = response;
      handOut();
      return;
    }
    void buffer(request).then((body) => {
      const isTooLarge = url.endsWith('/response') && body.byteLength > maxPayloadBytes;
      response.writeHead(isTooLarge ? 413 : 202).end('{"status":"OK"}');
      if (isTooLarge) end({ kind: 'too-large', bytes: body.byteLength });
      else if (url.endsWith('/init/error')) {
        const type = request.headers['lambda-runtime-function-error-type'];
        const error = JSON.parse(body.toString()) as FunctionError;
        initError = { kind: 'init-failed', error, type: type?.toString() };
        end(initError);
      } else if (url.endsWith('/error'))
        end({ kind: 'failed', error: JSON.parse(body.toString()) as FunctionError });
      else end({ kind: 'answered', answer: JSON.parse(body.toString()), bytes: body.byteLength });
    });
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');

  const child = spawn(
    process.execPath,
    [...memoryFlags(memoryMb), inject('runtimeClient'), 'index.handler'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(api.address() as AddressInfo).port}`,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_FUNCTION_NAME: 'under-test',
        AWS_LAMBDA_FUNCTION_VERSION: '1',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/under-test',
        AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: 'index.handler',
        TZ: ':UTC',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        ...environment,
        ...more,
      },
    },
  );
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exited = once(child, 'exit').then(() => end({ kind: 'exited' }));

  return {
    async invoke(event, timeoutMs = 60_000) {
      if (initError !== undefined) return initError;
      if (child.exitCode !== null || child.signalCode !== null) return { kind: 'exited' };
      const { promise, resolve } = Promise.withResolvers<Ending>();
      ended = resolve;
      count += 1;
      work = { id: `request-${count}`, body: JSON.stringify(event), deadlineMs: Date.now() + timeoutMs };
      handOut();
      // What Lambda does to an invocation whose time is up.
      const timer = setTimeout(() => {
        end({ kind: 'timed-out' });
        child.kill('SIGKILL');
      }, timeoutMs);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
      }
    },
    output: () => output,
    peakMb: () => peakMbOf(child),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      api.closeAllConnections();
      api.close();
    },
  };
}

/** As Lambda starts Node in a function with so much memory. */
const memoryFlags = (memoryMb: number): string[] => [
  '--expose-gc',
  `--max-semi-space-size=${Math.floor(memoryMb * 0.05)}`,
  `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
];

async function peakMbOf({ pid }: ChildProcess): Promise<number> {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1_024;
}
