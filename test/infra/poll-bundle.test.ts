/** The Poll function's bundle, run as Lambda would load it: bare, with what its environment says. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { invalidEnvironment } from '../../functions/environment.ts';
import { bundle } from '../bench/handler/bundles.ts';
import { environmentOf } from '../bench/handler/sandboxes.ts';

let folder: string;
let bundled: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'face-detection-poller-'));
  // The same bytes as those of a deployment: `stack.test.ts` compares them.
  bundled = (await bundle('ours', folder)).path;
});
afterAll(() => rm(folder, { recursive: true }));

/** Everything that a program writes, whichever way. */
async function runScript(script: string, env: Record<string, string>): Promise<string> {
  const node = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node, { env });
  return stderr + stdout;
}

describe('the bundle of the Poll function', () => {
  it.each([
    ['a secret', 'ours', 'secretsmanager', 'AmazonSSM'],
    ['a parameter', 'oursWithParameter', 'AmazonSSM', 'secretsmanager'],
  ] as const)(
    'with its key in %s has at most 470 KB, and no other store',
    async (_place, name, its, other) => {
      const { path, bytes } = await bundle(name, folder);
      expect(bytes).toBeLessThanOrEqual(470_000);
      const code = await readFile(path, 'utf8');
      expect(code).toContain(`serviceTarget:"${its}"`);
      expect(code).not.toContain(`serviceTarget:"${other}"`);
    },
  );

  it('loads neither the search for credentials nor an HTTP client of Node that it does not use', async () => {
    const { path } = await bundle('ours', folder);
    const script = `await import(${JSON.stringify(path)}); console.log(process.moduleLoadList.join());`;
    const stdout = await runScript(script, environmentOf('https://127.0.0.1'));
    const loaded = stdout.split(',');
    expect(loaded).toContain('NativeModule https');
    for (const name of ['internal/deps/undici/undici', 'http2', 'child_process'])
      expect(loaded).not.toContain(`NativeModule ${name}`);
  });

  it('names a wrong environment so that the workflow knows it', async () => {
    const coldStart = `await import(${JSON.stringify(bundled)}).catch((error) => console.log(error.name))`;
    expect((await runScript(coldStart, {})).trim()).toBe(invalidEnvironment);
  });

  it('throws what AWS refused under its name, and tells nothing else of it, also when minified', async () => {
    const refusal = JSON.stringify({ __type: 'x#ProvisionedThroughputExceededException', message: 's3cr3t' });
    const aws = createServer((_request, response) => response.writeHead(400).end(refusal)).listen(
      0,
      '127.0.0.1',
    );
    await once(aws, 'listening');
    const event = { state: { detect_task_id: 'task-1' }, execution_name: '1-task-1', execution_arn: 'arn' };
    const invocation = `
      const { handler } = await import(${JSON.stringify(bundled)});
      const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
      await handler(${JSON.stringify(event)}, context).catch((error) => console.log(JSON.stringify({
        errorType: error.name, errorMessage: error.message, cause: error.cause, ...error,
      })));`;
    const { port } = aws.address() as AddressInfo;
    const environment = environmentOf(`http://127.0.0.1:${port}`);
    const output = await runScript(invocation, { ...environment, AWS_MAX_ATTEMPTS: '1' });
    aws.close();
    expect(output).not.toContain('s3cr3t');
    const name = 'ProvisionedThroughputExceededException';
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        detect_task_id: 'task-1',
        request_id: 'r',
        error: {
          name,
          http_status: 400,
          at: expect.arrayContaining([
            expect.stringMatching(/^functions\/records\/query\.ts:\d+:\d+$/),
          ]) as unknown,
        },
      },
      { errorType: name, errorMessage: expect.stringMatching(/^task-1: failed/) as unknown },
    ]);
  });
});
