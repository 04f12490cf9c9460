/** A whole poll: the real client against a provider that never ends, its time-out of ten seconds cut to a half. */
import net from 'node:net';

import { describe, expect, it, vi } from 'vitest';

import { fixedKey } from '../../../functions/api-key/reader.ts';
import { createCrunClient } from '../../../functions/crun/client.ts';
import { ask } from '../../../functions/poll/ask.ts';
import { callTimeoutMs, standardPolicy } from '../../../functions/poll/policy.ts';
import { listening, rawServer, timed } from '../../support/servers.ts';

const timeoutMs = 500;
const mebibyte = 1024 * 1024;

async function poll(baseUrl: string) {
  const crun = createCrunClient({ baseUrl });
  const deps = { crun, apiKey: fixedKey('a-key'), clock: { now: Date.now }, policy: standardPolicy };
  const asked = await timed(ask(deps, 'task', () => timeoutMs));
  crun.close();
  return asked;
}

/** Sends `first`, then `drop` every hundred milliseconds. */
const dripping = (first: string, drop: string) =>
  rawServer((socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(drop), 100);
    socket.on('close', () => clearInterval(timer));
  });

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

describe('a poll', () => {
  it('takes at most ten seconds and 50 MB, whatever never ends', async () => {
    expect(callTimeoutMs(standardPolicy, 3_600)).toBe(10_000);
    await using silent = await rawServer(() => {});
    await using headers = await dripping(head, 'x-drop: 1\r\n');
    await using spaces = await dripping(`${head}\r\n`, ' ');
    await using length = await dripping(`${head}content-length: 5000000\r\n\r\n`, '{');
    await using continues = await dripping('', 'HTTP/1.1 100 Continue\r\n\r\n');
    await using handshake = await listening(
      net.createServer((socket) => socket.resume()),
      'https',
    );
    const before = process.memoryUsage.rss();
    const servers = [silent, headers, spaces, length, continues, handshake];
    const polls = await Promise.all(servers.map(({ baseUrl }) => poll(baseUrl)));
    for (const { value, tookMs } of polls) {
      expect(value).toMatchObject({ calls: 1, observation: { kind: 'unavailable', reason: 'timeout' } });
      expect(tookMs).toBeGreaterThan(timeoutMs / 2);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * mebibyte);
    // No connection is left open.
    await vi.waitFor(() => expect(servers.map(({ open }) => open)).toEqual(servers.map(() => 0)));
  });
});
