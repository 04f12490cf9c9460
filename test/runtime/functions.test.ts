import { randomBytes } from 'node:crypto';
import net from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { maxBodyBytes } from '../../functions/crun/client.ts';
import { invalidEnvironment } from '../../functions/environment.ts';
import { startSimulator, type Simulator } from '../../local/simulator/simulator.ts';
import { type Aws, startAws } from '../support/aws.ts';
import { listening } from '../support/servers.ts';
import { type Ending, maxPayloadBytes, type Sandbox, startSandbox } from './sandbox.ts';
import { deployedFunction } from './stack.ts';

/** Looks like nothing else, so that finding it anywhere is a leak. */
const canaryKey = ['canary', 'key', randomBytes(16).toString('hex')].join('-');
const eventFor = (detect_task_id: string) => ({
  state: { detect_task_id },
  execution_name: `1-${detect_task_id}`,
  execution_arn: `arn:aws:states:us-east-1:123456789012:execution:poller:1-${detect_task_id}`,
});
const request = (method: string, rawPath: string, more: object = {}) => ({
  rawPath,
  rawQueryString: '',
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  requestContext: { http: { method } },
  ...more,
});

const failsAs = (errorType: string) => ({ kind: 'failed', error: { errorType } });
/** Whatever happens, the API answers. */
const answersWith = (name: string) => ({
  kind: 'answered',
  answer: { statusCode: /Denied|NotFound/.test(name) ? 500 : 503 },
});

/** Each function, what it is invoked with, and how it ends where all goes well and where AWS answers with an error. */
const functions = [
  {
    name: 'Poll',
    id: 'PollerPoll',
    stack: 'secretStack',
    event: eventFor('task'),
    answer: { next: 'settled' },
    endsAt: failsAs,
  },
  {
    name: 'Poll, its key in a parameter,',
    id: 'PollerPoll',
    stack: 'parameterStack',
    event: eventFor('task'),
    answer: { next: 'settled' },
    endsAt: failsAs,
  },
  {
    name: 'Sweep',
    id: 'PollerSweep',
    stack: 'secretStack',
    event: {},
    answer: { failed: 0 },
    endsAt: failsAs,
  },
  {
    name: 'Deliver',
    id: 'PollerDeliver',
    stack: 'secretStack',
    event: { detail: { detect_task_id: 'task' } },
    answer: null,
    endsAt: failsAs,
  },
  {
    name: 'Api',
    id: 'PollerApiFunction',
    stack: 'secretStack',
    event: request('GET', '/detections'),
    answer: { statusCode: 200 },
    endsAt: answersWith,
  },
  {
    name: 'Authorize',
    id: 'PollerApiAuthorize',
    stack: 'secretStack',
    event: { identitySource: [`Bearer ${canaryKey}`] },
    answer: { isAuthorized: true },
    endsAt: failsAs,
    wrong: { name: 'API_TOKEN_SECRET_ARN', value: '' },
  },
] as const;

/** Of the database, by a name and a status. */
const awsFaults = [
  ['AccessDeniedException', 'what AWS denies'],
  ['ResourceNotFoundException', 'what is not there'],
  ['ProvisionedThroughputExceededException', 'what AWS throttles'],
  ['InternalServerError', 'what fails at AWS'],
] as const;

let aws: Aws;
let provider: Simulator;
let fault: string | undefined;
const open: Sandbox[] = [];
beforeAll(async () => {
  provider = await startSimulator({ apiKey: canaryKey });
});
beforeEach(async () => {
  fault = undefined;
  aws = await startAws(
    {},
    {
      GetSecretValue: () => ({ SecretString: canaryKey }),
      GetParameter: () => ({ Parameter: { Value: canaryKey } }),
      PutEvents: () => ({ FailedEntryCount: 0, Entries: [] }),
    },
    () => fault,
  );
});
afterEach(async () => {
  for (const sandbox of open.splice(0)) {
    if (sandbox.output().includes(canaryKey)) throw new Error('the key is in what a function wrote');
    await sandbox[Symbol.asyncDispose]();
  }
  await aws[Symbol.asyncDispose]();
});
afterAll(() => provider.close());

async function start(
  { id, stack }: { id: string; stack: 'secretStack' | 'parameterStack' },
  more: Record<string, string | undefined> = {},
): Promise<Sandbox> {
  const sandbox = await startSandbox(deployedFunction(id, inject(stack)), {
    AWS_ENDPOINT_URL: aws.endpoint,
    CRUN_BASE_URL: provider.baseUrl,
    RATE_LIMIT: '0',
    ...more,
  });
  open.push(sandbox);
  return sandbox;
}

/** The lines of a sandbox that are ours: JSON, and no metrics. */
const linesOf = (sandbox: Sandbox): Record<string, unknown>[] =>
  sandbox
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => !('_aws' in line));

const answerOf = (ending: Ending): unknown => {
  if (ending.kind !== 'answered') throw new Error(JSON.stringify(ending));
  return ending.answer;
};

describe.each(functions)("the $name function in Lambda's runtime client", (deployed) => {
  it('answers in a cold sandbox and in a warm one', async () => {
    provider.submit([{ step: 'succeeded', faces: 2 }], 'task');
    const sandbox = await start(deployed);
    const { answer } = deployed;
    expect(await sandbox.invoke(deployed.event)).toMatchObject({ kind: 'answered', answer });
    expect(await sandbox.invoke(deployed.event)).toMatchObject({ kind: 'answered', answer });
    // Every line is one of ours: the runtime client puts nothing before it.
    const written = sandbox
      .output()
      .split('\n')
      .filter((line) => line !== '');
    expect(written.filter((line) => !line.startsWith('{'))).toEqual([]);
    const lines = linesOf(sandbox);
    expect(lines.every(({ request_id, cold_start }) => cold_start === (request_id === 'request-1'))).toBe(
      true,
    );
    // What Lambda bills for, and what a page must not get over.
    expect(await sandbox.peakMb()).toBeLessThan(deployedFunction(deployed.id).memoryMb);
  });

  it('fails its init by the name that the workflow does not retry, without a value', async () => {
    const { name, value } = 'wrong' in deployed ? deployed.wrong : { name: 'SHARDS', value: 'a-wrong-value' };
    const sandbox = await start(deployed, { [name]: value });
    const ending = await sandbox.invoke(deployed.event);
    expect(ending).toMatchObject({
      kind: 'init-failed',
      type: invalidEnvironment,
      error: { errorType: invalidEnvironment, errorMessage: expect.stringContaining(name) as string },
    });
    expect(sandbox.output() + JSON.stringify(ending)).not.toContain('a-wrong-value');
  });

  it('is ended when its time is up, and its next sandbox works', async () => {
    await using silent = await listening(net.createServer());
    const hanging = await start(deployed, { AWS_ENDPOINT_URL: silent.baseUrl });
    expect(await hanging.invoke(deployed.event, 3_000)).toEqual({ kind: 'timed-out' });
    expect(await hanging.invoke(deployed.event)).toEqual({ kind: 'exited' });
    const next = await start(deployed);
    expect(await next.invoke(deployed.event)).toMatchObject({ kind: 'answered' });
  });

  it.each(awsFaults)('meets %s, %s, by its name and without its words', async (name) => {
    const sandbox = await start(deployed);
    fault = name;
    expect(await sandbox.invoke(deployed.event)).toMatchObject(deployed.endsAt(name));
    expect(linesOf(sandbox)).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'failed',
        request_id: 'request-1',
        // By the map beside the bundle, which Node reads.
        error: expect.objectContaining({
          name,
          at: expect.arrayContaining([
            expect.stringMatching(/^functions\/[\w/-]+\.ts:\d+:\d+$/) as unknown,
          ]) as unknown,
        }) as unknown,
      }),
    );
  });
});

describe("what is large in Lambda's runtime client", () => {
  const [poll, , , , api] = functions;

  it('is refused by the Poll function, as the input of an execution', async () => {
    const sandbox = await start(poll);
    const detect_task_id = 'x'.repeat(maxPayloadBytes - 1_000);
    const answer = answerOf(await sandbox.invoke(eventFor(detect_task_id)));
    expect(answer).toMatchObject({ next: 'rejected-input' });
    expect(JSON.stringify(answer).length).toBeLessThan(1_000);
  });

  it('is refused by the Api function, as a body', async () => {
    const sandbox = await start(api);
    const body = JSON.stringify({ detect_task_id: 'x'.repeat(maxPayloadBytes - 2_000) });
    expect(answerOf(await sandbox.invoke(request('POST', '/detections', { body })))).toMatchObject({
      statusCode: 413,
    });
  });

  it("keeps the Poll function within its memory, as the largest answer of the provider's", async () => {
    const linkBytes = 700;
    const faces = Math.floor((maxBodyBytes * 0.97) / (linkBytes + 25));
    const memoryMb = deployedFunction(poll.id).memoryMb;
    const sandbox = await start(poll);
    for (const id of ['large-1', 'large-2', 'large-3']) {
      provider.submit([{ step: 'succeeded', faces, linkBytes }], id);
      expect(answerOf(await sandbox.invoke(eventFor(id)))).toMatchObject({ next: 'settled' });
    }
    const peakMb = await sandbox.peakMb();
    console.log(`Poll, after ${faces} faces three times: ${peakMb.toFixed(0)} of ${memoryMb} MB`);
    expect(peakMb).toBeLessThan(memoryMb);
    // And the Api function, which gives those faces out in answers that Lambda takes.
    const reader = await start(api);
    let cursor: string | undefined;
    let read = 0;
    do {
      const rawQueryString = cursor === undefined ? '' : `cursor=${encodeURIComponent(cursor)}`;
      const answer = answerOf(await reader.invoke(request('GET', '/detections/large-1', { rawQueryString })));
      const { body } = answer as { body: string };
      const page = JSON.parse(body) as { faces: unknown[]; cursor?: string };
      read += page.faces.length;
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(read).toBe(faces);
    expect(await reader.peakMb()).toBeLessThan(memoryMb);
  });
});
