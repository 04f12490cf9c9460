import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';

import { refusedInputs, scenarios } from '../support/scenarios.ts';
import { canaryKey, deploy, type Deployment } from './deployment.ts';

/** Stories of minutes and hours: told in-process, on a clock that skips. */
const tooLong = [
  'waits through an hour of work without asking more than once a minute in the end',
  'does not believe that a task it has seen at work is unknown',
  'waits long for credits, then gives up at the deadline',
  'waits a maintenance out',
  'honours a Retry-After that comes with HTTP 200',
  'waits on an unknown status until the deadline',
  'backs off from an outage, then gives up at the deadline',
  'comes through everything that a network can do to an answer',
];
const told = scenarios.filter(({ name }) => !tooLong.includes(name));
/** A function that starts cold on a busy machine. */
const slackSeconds = 15;

describe('the deployed workflow', () => {
  let stack: Deployment;
  let count = 0;
  beforeAll(async () => {
    stack = await deploy('Stories');
    return stack.end;
  });

  it('tells all stories but those of minutes and hours', () => {
    expect(told.length).toBe(scenarios.length - tooLong.length);
  });

  it.concurrent.each(told)('$name', async ({ script, input, expected }) => {
    const id = `story-${(count += 1)}`;
    stack.simulator.submit(script, id);

    const executionArn = await stack.start({ detect_task_id: id, ...input });
    const ending = await stack.ended(executionArn);
    const item = await stack.item(id);
    const detection = await stack.client.get(id);

    const { status, faceCount, error } = expected;
    expect(item).toMatchObject({ status, attempt: 1, execution_arn: executionArn });
    expect(item?.error?.code).toBe(error);
    expect(item?.face_count).toBe(faceCount);
    const ids = (detection?.faces ?? []).map((face) => face.id);
    expect(ids).toEqual(Array.from({ length: faceCount ?? 0 }, (_, index) => index));
    // What fits is in the item itself; of what does not, it names the pages.
    const isPaged = (faceCount ?? 0) > 100;
    expect(item?.faces).toEqual(isPaged ? undefined : detection?.faces);
    expect(typeof item?.faces_ref).toBe(isPaged ? 'string' : 'undefined');
    const calls = stack.simulator.requestsFor(id).length;
    expect(item?.polls).toBe(calls);
    expect(calls).toBe(expected.polls ?? calls);
    const seconds = (Date.parse(item?.final_at ?? '') - Date.parse(item?.created_at ?? '')) / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(expected.atLeastSeconds ?? 0);
    expect(seconds).toBeLessThanOrEqual((expected.atMostSeconds ?? Infinity) + slackSeconds);
    expect(stack.simulator.unread()).not.toContain(id);

    const output = { detect_task_id: id, status, ...(error === undefined && { face_count: faceCount }) };
    expect({ ...ending, output: parsed(ending.output) }).toMatchObject(
      status === 'abandoned' ? { status: 'FAILED', error } : { status: 'SUCCEEDED', output },
    );
    // Neither the key nor a face is in what the workflow keeps of the execution.
    const history = await stack.sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(history.events?.length).toBeGreaterThan(5);
    const kept = JSON.stringify([history.events, ending]);
    expect(kept).not.toContain(canaryKey);
    expect(kept).not.toContain('"faces');
    expect(kept).not.toContain(detection?.faces?.[0]?.link ?? canaryKey);
  });

  it.concurrent.each(refusedInputs)('refuses an input $name', async ({ input, names }) => {
    const ending = await stack.ended(await stack.start(input));

    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(ending.cause).toMatch(names);
  });
});

const parsed = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));
