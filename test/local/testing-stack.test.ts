/** The stack that the package exports for tests of its users, used as the documentation shows it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { startTestStack, testWebhookSecret } from '../../exports/testing.ts';
import { type VerifiedEvent, verifyWebhook } from '../../exports/webhooks.ts';

describe('the test stack', () => {
  it.each(['STANDARD', 'EXPRESS'] as const)(
    'starts, waits for and reads a task in no time: %s',
    async (type) => {
      await using stack = await startTestStack({ workflowType: type });
      const { client, simulator, clock } = stack;
      const startedMs = clock.now();
      simulator.submit(
        [
          { step: 'after', ms: 90_000 },
          { step: 'succeeded', faces: 2 },
        ],
        'video',
      );
      await client.start({ detect_task_id: 'video' });
      expect(await client.wait('video')).toMatchObject({ status: 'succeeded', face_count: 2 });
      expect(clock.now() - startedMs).toBeGreaterThan(90_000);
      expect(stack.events).toMatchObject([{ detailType: 'Face Detection Settled' }]);
    },
  );

  it('keeps the times of several tasks apart', async () => {
    await using stack = await startTestStack();
    const minutes = [1, 20, 5, 40];
    for (const each of minutes)
      stack.simulator.submit(
        [
          { step: 'after', ms: each * 60_000 },
          { step: 'succeeded', faces: 1 },
        ],
        `${each}`,
      );
    await Promise.all(minutes.map((each) => stack.client.start({ detect_task_id: `${each}` })));
    const found = await Promise.all(minutes.map((each) => stack.client.wait(`${each}`)));
    for (const [index, each] of minutes.entries()) {
      const { created_at = '', final_at = '' } = found[index] ?? {};
      const took = (Date.parse(final_at) - Date.parse(created_at)) / 60_000;
      expect(took).toBeGreaterThanOrEqual(each);
      expect(took).toBeLessThan(each * 1.2 + 0.5);
    }
  });

  it('delivers a signed webhook to a receiver of this machine', async () => {
    const received: VerifiedEvent[] = [];
    const server = createServer((request, response) => {
      void buffer(request).then((body) => {
        received.push(verifyWebhook(testWebhookSecret, request.headers, body, { now: stack.clock.now }));
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await using stack = await startTestStack();
    const { port } = server.address() as AddressInfo;
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'pushed');
    const callback_url = `http://127.0.0.1:${port}/hook`;
    await stack.client.start({ detect_task_id: 'pushed', callback_url });
    await stack.client.wait('pushed');
    await stack.delivered();
    expect(received).toMatchObject([{ data: { detect_task_id: 'pushed', status: 'succeeded' } }]);
    server.close();
  });
});
