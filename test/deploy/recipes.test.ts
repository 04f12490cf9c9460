import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { CreatedTask } from '../../local/simulator/submission.ts';
import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';
import { createExecutions } from './executions.ts';

interface Pipe {
  Type: string;
  Properties: {
    TargetParameters: {
      InputTemplate: string;
      EventBridgeEventBusParameters: { Source: string; DetailType: string };
    };
  };
}

describe('the recipes', () => {
  let stack: Deployment;
  let outputs: Record<string, string>;
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const cdk = (verb: string, ...flags: string[]): Promise<string> => {
    const app = ['--app', 'node test/deploy/recipes-app.ts', '--output', `${options.home}/Recipes`];
    const { StateMachineArn, SubmitFunctionArn } = stack.outputs;
    const arns = [`stateMachineArn=${StateMachineArn}`, `submitFunctionArn=${SubmitFunctionArn}`];
    const context = arns.flatMap((arn) => ['-c', arn]);
    return runProgram('cdk', [verb, ...flags, '--no-notices', ...app, ...context], options);
  };
  beforeAll(async () => {
    stack = await deploy('Called');
    await cdk('deploy', '--require-approval', 'never');
    outputs = await stack.outputsOf('Recipes');
  });
  afterAll(async () => {
    await cdk('destroy', '--force');
    await stack.end();
  });

  const aws = async <Answer>(...args: string[]): Promise<Answer> =>
    JSON.parse(await runProgram('aws', [...args, '--output', 'json'], options)) as Answer;

  async function put(source: string, detailType: string, detail: string): Promise<void> {
    const entry = { Source: source, DetailType: detailType, Detail: detail };
    const answer = await aws('events', 'put-events', '--entries', JSON.stringify([entry]));
    expect(answer).toMatchObject({ FailedEntryCount: 0 });
  }

  async function entered(executionArn: string): Promise<(string | undefined)[]> {
    const { events = [] } = await stack.sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    return events.flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);
  }

  async function settled(detectTaskId: string): Promise<unknown> {
    while ((await stack.item(detectTaskId)) === undefined) await sleep(200);
    return stack.client.wait(detectTaskId, { signal: AbortSignal.timeout(60_000) });
  }

  it('start an execution with an event, and one record for two of the same', async () => {
    stack.simulator.submit(
      [
        { step: 'pending', status: 'starting' },
        { step: 'succeeded', faces: 2 },
      ],
      'event',
    );
    const detail = JSON.stringify({ detect_task_id: 'event', more: true });
    await put('my.app', 'Face Detection Submitted', detail);
    await put('my.app', 'Face Detection Submitted', detail);
    await put('my.app', 'Something Else', JSON.stringify({ detect_task_id: 'other' }));

    expect(await settled('event')).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(stack.simulator.requestsFor('event')).toHaveLength(2);
    expect(await stack.item('other')).toBeUndefined();
  });

  it('starts an execution with what the pipe makes of a message', async () => {
    // Gap `queue-pipes`: the pipe is there, and we are who carries the message.
    const template = await readFile(`${options.home}/Recipes/Recipes.template.json`, 'utf8');
    const { Resources } = JSON.parse(template) as { Resources: Record<string, Pipe> };
    const pipe = Object.values(Resources).find(({ Type }) => Type === 'AWS::Pipes::Pipe');
    const { InputTemplate = '', EventBridgeEventBusParameters: event } =
      pipe?.Properties.TargetParameters ?? {};
    expect(await aws('pipes', 'list-pipes')).toMatchObject({ Pipes: [{ CurrentState: 'RUNNING' }] });
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'message');
    await put(
      event?.Source ?? '',
      event?.DetailType ?? '',
      InputTemplate.replace('<$.body.detect_task_id>', 'message'),
    );

    expect(await settled('message')).toMatchObject({ status: 'succeeded', face_count: 1 });
  });

  it.each([
    ['succeeded', { step: 'succeeded', faces: 1 }, 'Go on with them', 'SUCCEEDED'],
    ['failed', { step: 'failed', error: 'no face in it' }, 'Ask for other media', 'SUCCEEDED'],
    ['unauthorised', { step: 'code', code: 401 }, 'Alert an operator', 'FAILED'],
    ['overdue', { step: 'pending', status: 'processing' }, 'Try again later', 'SUCCEEDED'],
    ['contract', { step: 'redirect', location: 'http://127.0.0.1' }, 'Without an answer', 'FAILED'],
  ] as const)('lead a workflow to what follows: %s', async (id, step, state, status) => {
    stack.simulator.submit([step], id);
    const executions = createExecutions(stack.sfn);
    if (id === 'overdue') await stack.client.start({ detect_task_id: id, deadline_seconds: 5 });
    const executionArn = await executions.start(outputs['ParentArn'], { detect_task_id: id });

    expect(await executions.ended(executionArn)).toMatchObject({ status });
    expect(await entered(executionArn)).toContain(state);
  });

  it('lead a workflow from a picture to its faces, submitted once however often that is repeated', async () => {
    const executions = createExecutions(stack.sfn);
    const media_url = 'https://media.example/sample-group.jpg';
    const executionArn = await executions.start(outputs['PictureArn'], { media_url });
    expect(await executions.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await entered(executionArn)).toEqual(['Submit', 'Detect faces', 'Faces?', 'Go on with them']);
    const [created, ...more] = stack.simulator.created.filter((task) => task.mediaUrl === media_url);
    expect(more).toEqual([]);
    expect(await stack.item(created?.detectTaskId ?? '')).toMatchObject({ status: 'succeeded', media_url });

    // What the state's retry after a lost answer would send.
    const idempotency_key = createHash('sha256').update(executionArn).digest('hex');
    const again = await stack.client.detect({ media_url, idempotency_key });
    expect(again.detect_task_id).toBe(created?.detectTaskId);
    expect(stack.simulator.created.filter((task) => task.mediaUrl === media_url)).toHaveLength(1);
  });

  it('leads from an uploaded picture to its faces, under a link that opens it', async () => {
    const bucket = outputs['UploadsName'] ?? '';
    const upload = (key: string): Promise<unknown> =>
      aws('s3api', 'put-object', '--bucket', bucket, '--key', key, '--body', 'docs/images/detection.png');
    await upload('notes.txt');
    await upload('holiday/sample group.jpg');
    const ofBucket = (): CreatedTask[] =>
      stack.simulator.created.filter(({ mediaUrl }) => mediaUrl.includes(bucket));
    while (ofBucket().length === 0) await sleep(200);
    const [{ detectTaskId, mediaUrl } = { detectTaskId: '', mediaUrl: '' }] = ofBucket();
    expect(await settled(detectTaskId)).toMatchObject({ status: 'succeeded', media_url: mediaUrl });
    const opened = await fetch(mediaUrl);
    expect(Buffer.from(await opened.arrayBuffer())).toEqual(await readFile('docs/images/detection.png'));
    expect(ofBucket()).toHaveLength(1);
  });
});
