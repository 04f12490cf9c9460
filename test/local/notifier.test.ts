import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { verifyWebhook } from '../../client/webhooks.ts';
import { useMachine } from '../support/one-machine.ts';

const secret = `whsec_${Buffer.from('a key that only the tests know').toString('base64')}`;

describe('a callback on one machine', { timeout: 60_000 }, () => {
  const machine = useMachine();
  const { run } = machine;
  /** Answers in turn, then 204. */
  const answers: number[] = [];
  const pushed: { id: string; type: string; faces: number | undefined }[] = [];
  const receiver = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const event = verifyWebhook(secret, request.headers, body);
      const faces = event.type === 'face_detection.succeeded' ? event.data.face_count : undefined;
      pushed.push({ id: event.id, type: event.type, faces });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  let callback: string;
  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    callback = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/faces`;
    Object.assign(machine.env, { FACE_POLLER_WEBHOOK_SECRET: secret, FACE_POLLER_LOOPBACK_CALLBACKS: '1' });
  });
  afterAll(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  it('gets the event before the process that polled leaves, and again when it is redelivered', async () => {
    machine.simulator.submit([{ step: 'succeeded', faces: 2 }], 'published');
    expect(await run(['start', 'published', '--callback-url', callback])).toMatchObject({ code: 0 });
    const push = { id: 'published_1_succeeded', type: 'face_detection.succeeded', faces: 2 };
    expect(pushed).toEqual([push]);
    expect(await run(['redeliver', 'published'])).toMatchObject({ code: 0 });
    expect(pushed).toEqual([push, push]);
    const [record] = (await run(['get', 'published', '--json'])).records();
    expect(record?.delivery).toMatchObject({ state: 'delivered', attempts: 1, last_status: 204 });
    expect(record?.delivery?.history).toHaveLength(2);
  });

  it('gets the event of a cancelled task', async () => {
    machine.simulator.submit([{ step: 'pending', status: 'processing' }], 'cancelled');
    const started = machine.start(['start', 'cancelled', '--callback-url', callback]);
    await machine.called('cancelled');
    await run(['cancel', 'cancelled']);
    await started.ended;
    expect(pushed.filter(({ id }) => id === 'cancelled_1_abandoned')).toHaveLength(1);
  });

  it('is rejected unless the environment allows it', async () => {
    const strict = { env: { FACE_POLLER_LOOPBACK_CALLBACKS: '0' } };
    const refused = await run(['start', 'never', '--callback-url', callback], strict);
    const rule = 'must be an https URL; FACE_POLLER_LOOPBACK_CALLBACKS=1 allows http on this machine';
    expect(refused).toMatchObject({ code: 1, stderr: `callback_url: ${rule}\n` });
    const odd = await run(['get', 'never'], { env: { FACE_POLLER_LOOPBACK_CALLBACKS: 'yes' } });
    expect(odd).toMatchObject({ code: 1, stderr: 'FACE_POLLER_LOOPBACK_CALLBACKS: must be 1 or 0\n' });
    const weak = await run(['get', 'never'], { env: { FACE_POLLER_WEBHOOK_SECRET: 'weak' } });
    expect(weak.code).toBe(1);
    expect(weak.stderr).toMatch(/^FACE_POLLER_WEBHOOK_SECRET: the webhook secrets must be one or two/);
  });

  it('that fails is due on the record, for the next process that polls', async () => {
    answers.push(500, 503);
    machine.simulator.submit([{ step: 'failed', error: 'no' }], 'failing');
    const [record] = (await run(['start', 'failing', '--callback-url', callback, '--json'])).records();
    expect(record).toMatchObject({ status: 'failed' });
    const [later] = (await run(['get', 'failing', '--json'])).records();
    expect(later?.delivery).toMatchObject({ state: 'pending', attempts: 2, last_status: 503 });
    const minutes = (Date.parse(later?.delivery?.next_at ?? '') - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(3);
    expect(minutes).toBeLessThan(6);
  });
});
