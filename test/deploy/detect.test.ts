/** The Submit function on the emulator: asked by the client, by the HTTP API and by an invocation. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';
import { request } from './signed-request.ts';

describe('a submission to the deployed stack', () => {
  let stack: Deployment;
  const lambda = new LambdaClient();
  beforeAll(async () => {
    stack = await deploy('Detect', { api: 'true', monitoring: 'false' });
  });
  afterAll(async () => {
    lambda.destroy();
    await stack.end();
  });

  const postsFor = (mediaUrl: string): number =>
    stack.simulator.created.filter((task) => task.mediaUrl === mediaUrl).length;
  async function post(
    body: object,
  ): Promise<{ status: number | undefined; answer: Record<string, unknown> }> {
    const sent = { method: 'POST', path: '/detections', body: JSON.stringify(body) };
    const { status, body: text } = await request(stack.outputs['ApiUrl'] ?? '', sent);
    return { status, answer: JSON.parse(text) as Record<string, unknown> };
  }
  async function invoke(event: object): Promise<{ isFailed: boolean; answer: Record<string, unknown> }> {
    const FunctionName = stack.outputs['SubmitFunctionArn'];
    const invoked = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    const answer = JSON.parse(Buffer.from(invoked.Payload ?? []).toString()) as Record<string, unknown>;
    return { isFailed: invoked.FunctionError !== undefined, answer };
  }

  it.each<[string, (input: { media_url: string; idempotency_key: string }) => Promise<unknown>]>([
    ['the client', async (input) => (await stack.client.detect(input)).detect_task_id],
    ['the HTTP API', async (input) => (await post(input)).answer['detect_task_id']],
    ['an invocation', async (input) => (await invoke(input)).answer['detect_task_id']],
  ])('by %s is polled to its faces, and made once for one idempotency key', async (by, submit) => {
    const name = by.replaceAll(' ', '-');
    const input = { media_url: `https://media.example/${name}.jpg`, idempotency_key: name };
    const id = await submit(input);
    expect(await submit(input)).toBe(id);
    expect(postsFor(input.media_url)).toBe(1);
    const detection = await stack.client.wait(id as string);
    expect(detection).toMatchObject({ detect_task_id: id, status: 'succeeded', media_url: input.media_url });
    expect(detection?.faces?.length).toBeGreaterThan(0);
  });

  it('of a file is uploaded past the function, then polled to its faces', async () => {
    const bytes = Buffer.alloc(2_000_000, 'picture');
    const uploaded = stack.simulator.uploads.length;
    const submit = () =>
      stack.client.detect({ file: { name: 'group.png', bytes }, idempotency_key: 'a-file' });
    const { detect_task_id, media_url } = await submit();
    // Uploaded anew under another address, it is still the same media.
    expect((await submit()).detect_task_id).toBe(detect_task_id);
    expect(stack.simulator.uploads.slice(uploaded)).toMatchObject([
      { contentType: 'image/png', bytes: bytes.length, fileUrl: media_url },
      { contentType: 'image/png', bytes: bytes.length },
    ]);
    expect(postsFor(media_url ?? '')).toBe(1);
    expect(await stack.client.wait(detect_task_id)).toMatchObject({ status: 'succeeded', media_url });
  });

  it('is to a stack without an archive, which has neither bucket nor function for it', async () => {
    const options = { endpoint: inject('endpoint'), home: inject('temporary') };
    const names = ['--stack-name', stack.stackName, '--output', 'json'];
    const said = await runProgram('aws', ['cloudformation', 'list-stack-resources', ...names], options);
    const { StackResourceSummaries: resources } = JSON.parse(said) as {
      StackResourceSummaries: { ResourceType: string; LogicalResourceId: string }[];
    };
    expect(resources.length).toBeGreaterThan(30);
    expect(
      resources.filter(
        ({ ResourceType, LogicalResourceId }) =>
          ResourceType.startsWith('AWS::S3::') || /Archive|Pictures/.test(LogicalResourceId),
      ),
    ).toEqual([]);
    expect(stack.outputs).not.toHaveProperty('ArchiveBucketName');
  });

  it('tells every caller the code with which the provider rejected it', async () => {
    const media_url = 'https://media.example/submit-422.jpg';
    const rejected = /^The provider rejected the submission with code 422\b.*; nothing was created\.$/;
    await expect(stack.client.detect({ media_url })).rejects.toMatchObject({
      name: 'SubmissionError',
      code: 'SUBMISSION_REJECTED',
      message: expect.stringMatching(rejected) as string,
      details: { providerCode: 422 },
    });
    expect((await post({ media_url })).answer).toMatchObject({
      code: 'SUBMISSION_REJECTED',
      provider_code: 422,
    });
    expect(await invoke({ media_url })).toMatchObject({
      isFailed: true,
      answer: { errorMessage: 'The provider rejected the submission with code 422; nothing was created.' },
    });
    expect(postsFor(media_url)).toBe(0);
  });

  it('is all that a client cannot ask of a stack of a version without the function', async () => {
    const { SubmitFunctionArn: _, ...outputs } = stack.outputs;
    const opened = await openDeployedStack(outputs);
    const { detections } = await opened.client.list({ limit: 1 });
    const { detect_task_id } = detections[0] ?? { detect_task_id: '' };
    expect(await opened.client.get(detect_task_id)).toMatchObject({ detect_task_id });
    await expect(opened.client.detect({ media_url: 'https://media.example/a.jpg' })).rejects.toThrow(
      'The stack has no Submit function',
    );
    await opened.close();
  });
});
