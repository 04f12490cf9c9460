import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { createPublish } from '../../functions/notify/publish.ts';
import { createSender } from '../../functions/notify/webhook/send.ts';
import { assembleSweep } from '../../functions/sweep/assemble.ts';
import { createNotifier } from '../../local/notifier.ts';
import { createEngine } from '../support/engine.ts';
import { seededRandom } from '../support/random.ts';
import { facesOf, recordsOf, testClock, testDefaults } from '../support/records.ts';
import { openTable } from '../support/table.ts';

const secret = `whsec_${Buffer.from('a key that only the tests know').toString('base64')}`;
const defaults = { ...testDefaults, callbacks: { allowLoopback: true } };

/** A tenth of the attempts. */
const isHanging = (fate: number): boolean => fate >= 0.1 && fate < 0.2;

describe('a hundred webhooks to a receiver that fails, resets and hangs', () => {
  const random = seededRandom(20_261_122);
  const clock = testClock();
  const received = new Map<string, { bodies: Set<string>; accepted: number; tries: number }>();
  const refused: unknown[] = [];
  /** The attempt under way for each webhook: a tenth is reset, a tenth hangs, half of the answers are failures. */
  const fates = new Map<string, number>();
  const attempts = new Map<string, { all: number; hanging: number }>();
  const receiver = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const headers = request.headers as Record<string, string>;
      vi.setSystemTime(clock.now());
      try {
        new Webhook(secret).verify(body, headers);
      } catch (error) {
        refused.push(error);
      }
      const id = headers['webhook-id'] ?? '';
      const seen = received.get(id) ?? { bodies: new Set(), accepted: 0, tries: 0 };
      received.set(id, seen);
      seen.bodies.add(body);
      seen.tries += 1;
      const fate = fates.get(id) ?? 0;
      if (isHanging(fate)) return;
      if (fate < 0.1) request.socket.resetAndDestroy();
      else if (fate < 0.7 || request.url === '/never') response.writeHead(500).end('no');
      else {
        seen.accepted += 1;
        response.writeHead(204).end();
      }
    });
  });
  let table: Awaited<ReturnType<typeof openTable>>;
  beforeAll(async () => {
    table = await openTable({ isDirect: true });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
  });
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: clock.now() }));
  afterEach(() => void vi.useRealTimers());
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await table.close();
  });

  it('are each delivered, or exhausted by the schedule: verified, under one id, in the same bytes', async () => {
    const { completed, abandoned, records, headOf } = recordsOf(table, clock, defaults);
    const send = createSender({ rule: defaults.callbacks });
    const clients = { records, clock, random, telemetry: { log: () => {}, measure: () => {} } };
    const notifier = createNotifier({
      ...clients,
      secrets: async () => [secret],
      // The time-out is short only where the receiver hangs, so that a busy machine changes no outcome.
      send(push) {
        const id = push.headers['webhook-id'];
        const fate = random();
        fates.set(id, fate);
        const { all, hanging } = attempts.get(id) ?? { all: 0, hanging: 0 };
        attempts.set(id, { all: all + 1, hanging: hanging + Number(isHanging(fate)) });
        return send({ ...push, timeoutMs: isHanging(fate) ? 100 : 10_000 });
      },
    });
    const { put } = notifier;
    const publish = createPublish({ put, records });
    const sweep = assembleSweep({ ...clients, put, workflow: createEngine().workflow });

    const { port } = receiver.address() as AddressInfo;
    const ids: string[] = [];
    for (let index = 0; index < 100; index++) {
      const path = index % 20 === 19 ? 'never' : 'faces';
      const input = { callback_url: `http://127.0.0.1:${port}/${path}` };
      const final = index % 5 === 4 ? await abandoned(input) : await completed(input, facesOf(index % 4));
      ids.push(final.detect_task_id);
      // Every seventh invocation dies before it publishes: the sweep publishes those.
      if (index % 7 !== 6) await publish(final);
    }
    await notifier.idle();

    const endsAtMs = clock.now() + 5 * 86_400_000;
    while (clock.now() < endsAtMs) {
      const dueAts = [...(await table.items()).values()].flatMap(({ due_at }) =>
        typeof due_at === 'string' ? [Date.parse(due_at)] : [],
      );
      if (dueAts.length === 0) break;
      // A sweep each quarter of an hour: fewer rounds, each with more to do.
      clock.pass(Math.max(Math.min(...dueAts) - clock.now(), 0) + 15 * 60_000);
      await sweep(Infinity);
      await notifier.idle();
    }

    expect(refused).toEqual([]);
    const ends = await Promise.all(ids.map(async (id) => (await headOf(id)).delivery));
    const pushes = ends.map((delivery) => ({ delivery, seen: received.get(delivery?.id ?? '') }));
    const delivered = pushes.filter(({ delivery }) => delivery?.state === 'delivered');
    const exhausted = pushes.filter(({ delivery }) => delivery?.state === 'exhausted');
    expect(delivered.length + exhausted.length).toBe(100);
    // Three in ten of a receiver's answers are good, so ten attempts fail in vain for three in a hundred.
    expect(delivered.length).toBeGreaterThan(80);
    expect(exhausted.length).toBeGreaterThanOrEqual(5);
    for (const { seen } of delivered) expect(seen?.accepted).toBeGreaterThanOrEqual(1);
    for (const { delivery, seen } of exhausted) {
      expect(delivery?.attempts).toBe(10);
      const { all, hanging } = attempts.get(delivery?.id ?? '') ?? { all: 0, hanging: 0 };
      expect(all).toBe(10);
      // A request that hangs may time out before it arrives.
      expect(seen?.tries).toBeGreaterThanOrEqual(10 - hanging);
      expect(seen?.tries).toBeLessThanOrEqual(10);
    }
    expect(received.size).toBe(100);
    for (const { bodies } of received.values()) expect(bodies.size).toBe(1);
    for (const id of ids) expect(await headOf(id)).not.toHaveProperty('due_at');
  }, 60_000);
});
