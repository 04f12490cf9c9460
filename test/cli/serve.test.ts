import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Detection } from '../../functions/detection/fields.ts';
import { firstLine, type Running, startCli } from '../support/cli.ts';
import { useMachine } from '../support/one-machine.ts';

describe('serving the HTTP API on one machine', { timeout: 60_000 }, () => {
  const machine = useMachine();
  let serving: Running;
  let ask: (method: string, path: string, body?: object) => Promise<{ status: number; body: Detection }>;
  beforeAll(async () => {
    serving = machine.start(['serve', '--json']);
    const { url, token } = JSON.parse(await firstLine(serving)) as { url: string; token: string };
    ask = async (method, path, body) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(url + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Detection };
    };
  }, 60_000);
  afterAll(async () => {
    serving.child.kill('SIGKILL');
    await serving.ended;
  });

  /** Asks until the record is final: the polling is the other process's. */
  async function final(id: string): Promise<Detection> {
    for (;;) {
      const { body } = await ask('GET', `/detections/${id}`);
      if (body.final_at !== undefined) return body;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('polls what it is asked to start, and gives the faces that the command line gives', async () => {
    machine.simulator.submit(
      [
        { step: 'pending', status: 'processing' },
        { step: 'succeeded', faces: 2 },
      ],
      'served',
    );
    expect(await ask('POST', '/detections', { detect_task_id: 'served' })).toMatchObject({ status: 202 });
    const detection = await final('served');
    expect(detection).toMatchObject({ status: 'succeeded', face_count: 2 });
    expect(await ask('POST', '/detections', { detect_task_id: 'served' })).toMatchObject({ status: 200 });
    const told = await machine.run(['get', 'served', '--json']);
    expect(told.records()).toEqual([detection]);
  });

  it('takes up what was abandoned, and deletes for good', async () => {
    machine.simulator.submit(
      [
        { step: 'code', code: 505 },
        { step: 'succeeded', faces: 0 },
      ],
      'reopened',
    );
    await ask('POST', '/detections', { detect_task_id: 'reopened' });
    expect(await final('reopened')).toMatchObject({ status: 'abandoned' });
    expect(await ask('POST', '/detections/reopened/retry')).toMatchObject({
      status: 202,
      body: { attempt: 2 },
    });
    expect(await final('reopened')).toMatchObject({ status: 'succeeded' });
    expect(await ask('DELETE', '/detections/reopened')).toMatchObject({ status: 204 });
    expect(await machine.run(['get', 'reopened'])).toMatchObject({ code: 4 });
  });

  it('ends with Ctrl-C, and leaves its tasks to the next process', async () => {
    machine.simulator.submit(
      [
        { step: 'pending', status: 'processing', times: 4 },
        { step: 'succeeded', faces: 1 },
      ],
      'left',
    );
    await ask('POST', '/detections', { detect_task_id: 'left' });
    serving.child.kill('SIGINT');
    expect(await serving.ended).toMatchObject({ code: 130 });
    // A task of the real provider is not taken up at a simulator, over HTTP as little as otherwise.
    const other = startCli(['serve', '--json'], { env: { FACE_POLLER_DATA: machine.dataFolder } });
    const { url, token } = JSON.parse(await firstLine(other)) as { url: string; token: string };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ detect_task_id: 'left' });
    const refused = await fetch(`${url}/detections`, { method: 'POST', headers, body });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      detail: expect.stringMatching(/^CRUN_API_KEY: must be set/) as string,
    });
    other.child.kill('SIGINT');
    await other.ended;
    expect((await machine.run(['watch', 'left', '--json'])).records()).toMatchObject([
      { status: 'succeeded' },
    ]);
  });
});
