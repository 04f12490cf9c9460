/** The provider and AWS as both functions find them: canned answers over HTTP, after a fixed time or at once. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { toItem } from '../../../functions/records/item.ts';
import { fromNow } from './event.ts';

const minuteMs = 60_000;

type ProviderStatus = 'processing' | 'succeeded';

export interface Others {
  url: string;
  /** How long each answer takes from now on. */
  delay(ms: { provider: number; aws: number }): void;
  /** What the provider says of every task from now on. */
  say(status: ProviderStatus): void;
  /** Calls answered so far. */
  calls(): number;
  close(): void;
}

/** The record of a task that this execution has polled for ten minutes: open, and not to be renewed yet. */
function recordOf(detectTaskId: string) {
  return {
    detect_task_id: detectTaskId,
    status: 'processing',
    status_shard: 'processing#0',
    attempt: 1,
    execution_name: `1-${detectTaskId}`,
    execution_arn: `arn:aws:states:us-east-1:123456789012:execution:poller:1-${detectTaskId}`,
    deadline_seconds: 3_600,
    deadline_at: fromNow(50 * minuteMs),
    due_at: fromNow(10 * minuteMs),
    due_shard: 0,
    created_at: fromNow(-10 * minuteMs),
    updated_at: fromNow(-9 * minuteMs),
    usable_until: fromNow(50 * minuteMs),
    usable_until_assumed: true,
    polls: 12,
    invocations: 3,
    transitions: 7,
    lambda_ms: 6_250,
    executions: 1,
    workflow_ms: 600_000,
    memory_mb: 256,
    expires_at: Math.floor(Date.now() / 1_000) + 30 * 86_400,
  };
}

const faces = [1, 2, 3].map((id) => ({ id, link: `https://faces.example/${'x'.repeat(60)}/${id}.jpg` }));

function awsSays(operation: string, body: string): object {
  const { Key, ReturnValues } = JSON.parse(body) as {
    Key?: { detect_task_id: { S: string } };
    ReturnValues?: string;
  };
  switch (operation) {
    case 'GetItem':
      return { Item: toItem(recordOf(Key?.detect_task_id.S ?? '')) };
    case 'UpdateItem':
      // A rate that is not used up: its next slot is now.
      if (Key?.detect_task_id.S.startsWith('#rate#'))
        return { Attributes: toItem({ tat: Date.now() * 1_000 }) };
      if (ReturnValues !== 'ALL_NEW') return {};
      return {
        Attributes: toItem({
          ...recordOf(Key?.detect_task_id.S ?? ''),
          status: 'succeeded',
          final_at: new Date().toISOString(),
        }),
      };
    case 'GetSecretValue':
      return { SecretString: 'a-key-of-the-bench' };
    case 'PutEvents':
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    default:
      return {};
  }
}

export async function startOthers(): Promise<Others> {
  let status: ProviderStatus = 'processing';
  let calls = 0;
  let delays = { provider: 0, aws: 0 };

  function providerSays(detectTaskId: string): object {
    const result = status === 'succeeded' ? { id: 'a-detect-id', faces } : null;
    return { code: 200, message: 'success', data: { detect_task_id: detectTaskId, status, result } };
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls++;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const said =
      operation === undefined
        ? providerSays(url.searchParams.get('detect_task_id') ?? '')
        : awsSays(operation, Buffer.concat(chunks).toString());
    const delayMs = operation === undefined ? delays.provider : delays.aws;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const text = JSON.stringify(said);
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', Buffer.byteLength(text)).end(text);
  }

  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delay: (ms) => void (delays = ms),
    calls: () => calls,
    say: (next) => void (status = next),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
