/** The services of AWS that a function calls, on a socket of loopback: a real table, and answers that a test gives. */
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { vi } from 'vitest';

import { createTable, tableName } from '../../local/table.ts';

/** What every function is told. */
export const recordEnvironment = {
  TABLE_NAME: tableName,
  DEADLINE_SECONDS: '3600',
  RETENTION_DAYS: '30',
  SHARDS: '1',
  CALLBACK_HOSTS: '*',
  CALLBACK_PORTS: '443',
};

type Input = Record<string, unknown>;

export interface Aws extends AsyncDisposable {
  client: DynamoDBClient;
  endpoint: string;
  /** What was called, but for the database: the action as AWS names it, and its input. */
  calls: { action: string; input: Input }[];
  /** How far the database's clock is ahead of that of this process. */
  aheadMs: number;
}

/** A function that is imported meanwhile finds them there, and `environment` in its own. */
export async function startAws(
  environment: Record<string, string>,
  answers: Record<string, (input: Input) => unknown> = {},
  /** The name of the error that a call ends with, the database's too. */
  faultOf: (action: string, input: Input) => string | undefined = () => undefined,
): Promise<Aws> {
  const database = dynalite({ createTableMs: 0 });
  const calls: Aws['calls'] = [];
  let aheadMs = 0;
  const server = http.createServer((request, response) => {
    const [service, action = ''] = String(request.headers['x-amz-target']).split('.');
    response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
    void buffer(request).then((body) => {
      // S3 has no such header, and takes no JSON.
      const input = action === '' ? {} : (JSON.parse(body.toString()) as Input);
      const fault = faultOf(action, input);
      if (fault === undefined && service?.startsWith('DynamoDB') === true) {
        const { method, url, headers } = request;
        const again = Object.assign(new EventEmitter(), { method, url, headers });
        database.emit('request', again, response);
        again.emit('data', body);
        again.emit('end');
        return;
      }
      if (service?.startsWith('DynamoDB') === false) calls.push({ action, input });
      const answer = fault === undefined ? answers[action]?.(input) : undefined;
      response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer ?? { __type: fault ?? 'UnknownOperationException' }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [name, value] of Object.entries({
    ...recordEnvironment,
    ...environment,
    AWS_ENDPOINT_URL: endpoint,
  }))
    vi.stubEnv(name, value);
  // A handler that another file has loaded holds that file's environment.
  vi.resetModules();
  const client = new DynamoDBClient({ endpoint });
  await createTable(client);
  return {
    client,
    endpoint,
    calls,
    get aheadMs() {
      return aheadMs;
    },
    set aheadMs(ms) {
      aheadMs = ms;
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
