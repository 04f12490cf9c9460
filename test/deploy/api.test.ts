import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, describe, expect, it } from 'vitest';

import type { Detection } from '../../functions/detection/fields.ts';
import { deploy, type Deployment } from './deployment.ts';
import { request } from './signed-request.ts';

describe('the HTTP API of the deployed stack', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('Api', { api: 'true', monitoring: 'false' });
    return stack.end;
  });

  async function ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<[number | undefined, Partial<Detection> & { cursor?: string }]> {
    const sent = { method, path, ...(body && { body: JSON.stringify(body) }) };
    const answer = await request(stack.outputs['ApiUrl'] ?? '', sent);
    return [answer.status, answer.body === '' ? {} : (JSON.parse(answer.body) as Partial<Detection>)];
  }

  it('starts a task, gives its faces page by page, and forgets it', async () => {
    stack.simulator.submit([{ step: 'succeeded', faces: 1_500 }], 'asked');
    expect(await ask('POST', '/detections', { detect_task_id: 'asked' })).toMatchObject([
      202,
      { attempt: 1 },
    ]);
    let [, detection] = await ask('GET', '/detections/asked');
    while (detection.final_at === undefined) {
      await sleep(250);
      [, detection] = await ask('GET', '/detections/asked');
    }
    expect(detection).toMatchObject({ status: 'succeeded', face_count: 1_500 });
    const [, rest] = await ask('GET', `/detections/asked?cursor=${detection.cursor}`);
    expect([detection.faces?.length, rest.faces?.length]).toEqual([1_000, 500]);
    expect(await ask('POST', '/detections', { detect_task_id: 'asked' })).toMatchObject([
      200,
      { attempt: 1 },
    ]);
    expect(await ask('POST', '/detections/asked/retry')).toMatchObject([409, { field: 'status' }]);
    const [, listed] = await ask('GET', '/detections?limit=1');
    expect(listed).toMatchObject({ detections: [{ detect_task_id: 'asked' }] });
    expect(await ask('DELETE', '/detections/asked')).toEqual([204, {}]);
    expect(await ask('GET', '/detections/asked')).toMatchObject([404, { title: 'Not Found' }]);
  });

  it('stops the execution of what it forgets', async () => {
    stack.simulator.submit([{ step: 'pending', status: 'processing', times: 1_000 }], 'unwanted');
    const [, { execution_arn = '' }] = await ask('POST', '/detections', { detect_task_id: 'unwanted' });
    expect(await ask('DELETE', '/detections/unwanted')).toEqual([204, {}]);
    expect(await stack.ended(execution_arn)).toMatchObject({ status: 'ABORTED' });
  });

  it('names what is wrong with a body, and answers nobody who does not sign', async () => {
    const answer = await ask('POST', '/detections', { detect_task_id: 'a b' });
    expect(answer).toMatchObject([422, { field: 'detect_task_id' }]);
    const unsigned = { method: 'GET', path: '/detections', isSigned: false };
    expect(await request(stack.outputs['ApiUrl'] ?? '', unsigned)).toMatchObject({ status: 403 });
  });
});
