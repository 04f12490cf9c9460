import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { tableName } from '../../../../local/table.ts';
import { type Aws, startAws } from '../../../support/aws.ts';
import { facesOf, recordsOf } from '../../../support/records.ts';
import { httpServer } from '../../../support/servers.ts';
import { captureTelemetry, contextOf } from '../../../support/telemetry.ts';

const eventFor = (detect_task_id: unknown, id?: string) => ({ detail: { detect_task_id, id } });

describe('the Deliver function', () => {
  let aws: Aws;
  let handler: (typeof import('../../../../functions/notify/webhook/handler.ts'))['handler'];
  beforeAll(async () => {
    aws = await startAws(
      { WEBHOOK_SECRET_ARN: 'the-secret', CALLBACK_LOOPBACK: '1' },
      { GetSecretValue: () => ({ SecretString: randomBytes(32).toString('base64') }) },
    );
    ({ handler } = await import('../../../../functions/notify/webhook/handler.ts'));
  });
  afterAll(() => aws[Symbol.asyncDispose]());

  it('delivers the record of its event, signed with the stored secret', async () => {
    const received: (string | undefined)[] = [];
    await using receiver = await httpServer((request, response) => {
      received.push(String(request.headers['webhook-signature']), String(request.headers['webhook-id']));
      request.resume().on('end', () => response.writeHead(204).end());
    });
    const { completed } = recordsOf(aws, { now: Date.now });
    await completed({ detect_task_id: 'task', callback_url: receiver.baseUrl }, facesOf(2));
    using telemetry = captureTelemetry();
    expect(await handler(eventFor('task', 'task_1_succeeded'), contextOf('first'))).toBe('delivered');
    expect(received).toEqual([expect.stringMatching(/^v1,/) as unknown, 'task_1_succeeded']);
    expect(aws.calls).toMatchObject([{ action: 'GetSecretValue', input: { SecretId: 'the-secret' } }]);
    expect(telemetry.lines()).toMatchObject([
      { level: 'INFO', message: 'delivered', detect_task_id: 'task', delivery: 'delivered', attempts: 1 },
    ]);
    expect(telemetry.documents()).toContainEqual(
      expect.objectContaining({ TableName: tableName, Deliveries: 1, State: 'delivered' }),
    );
  });

  it('fails on an unknown event, without printing it', async () => {
    using telemetry = captureTelemetry();
    for (const event of [{}, eventFor('a#b'), eventFor(undefined)]) {
      const error: unknown = await handler(event, contextOf('first')).catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/detect_task_id|detail/);
      // Lambda prints all of an error.
      expect(telemetry.text() + inspect(error, { depth: Infinity })).not.toContain('a#b');
    }
  });
});
