/** The Poll function's bundle, run as Lambda would load it: bare, with what its environment says. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { invalidEnvironment } from '../../functions/environment.ts';
import { bundle } from '../bench/handler/bundles.ts';

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
    const told = await runScript(invocation, {
      TABLE_NAME: 'the-table',
      API_KEY_SECRET_ARN: 'arn',
      DEADLINE_SECONDS: '3600',
      RETENTION_DAYS: '30',
      SHARDS: '1',
      RATE_LIMIT: '2',
      WORKFLOW_TYPE: 'STANDARD',
      EVENT_BUS_NAME: 'default',
      CALLBACK_HOSTS: '*',
      CALLBACK_PORTS: '443',
      CRUN_BASE_URL: 'https://api.crun.ai',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
    });
    aws.close();
    expect(told).not.toContain('s3cr3t');
    const name = 'ProvisionedThroughputExceededException';
    const lines = told
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
