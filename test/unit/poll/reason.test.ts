import { describe, expect, it } from 'vitest';

import type { Exchange } from '../../../functions/crun/client.ts';
import { payloadOf } from '../../../functions/notify/webhook/payload.ts';
import { body, code, invocationsTo, type Reply, starting, violating } from '../../support/invocations.ts';
import { newId } from '../../support/records.ts';
import { openSuiteTable } from '../../support/suite-table.ts';

const table = await openSuiteTable();

const noAnswer = (fault: Extract<Exchange, { kind: 'no-answer' }>['fault']): Reply => {
  return () => ({ kind: 'no-answer', fault });
};

async function errorAfter(...replies: Reply[]) {
  const invocations = invocationsTo(table, replies);
  const detect_task_id = newId();
  await invocations.run('1', { detect_task_id, deadline_seconds: 60 });
  const detection = await invocations.records.get(detect_task_id);
  if (detection === undefined) throw new Error('no record');
  return { error: detection.error, detection };
}

describe('the reason of an abandoned record', () => {
  it.each<[string, string, Reply]>([
    ['connection-refused', 'PROVIDER_UNAVAILABLE', noAnswer('connection-refused')],
    ['timeout', 'PROVIDER_UNAVAILABLE', noAnswer('timeout')],
    ['dns', 'PROVIDER_UNAVAILABLE', noAnswer('dns')],
    ['reset', 'PROVIDER_UNAVAILABLE', noAnswer('reset')],
    ['HTTP 503', 'PROVIDER_UNAVAILABLE', () => body('down', 503)],
    ['not JSON', 'PROVIDER_UNAVAILABLE', () => ({ kind: 'answered', httpStatus: 200, body: '<html>' })],
    ['code 500', 'PROVIDER_UNAVAILABLE', code(500)],
    ['no data', 'CONTRACT_VIOLATION', violating],
    ['tls', 'UNEXPECTED_RESPONSE', noAnswer('tls')],
    ['code 401', 'UNAUTHORIZED', code(401)],
    ['code 429', 'DEADLINE_EXCEEDED', code(429, 'slow down', '3')],
  ])('is what the last poll saw: %s', async (reason, expected, reply) => {
    const { error } = await errorAfter(starting, reply);
    expect(error).toMatchObject({ code: expected, reason });
  });

  it('is none where the task was at work, or the code says all', async () => {
    for (const replies of [[code(500), starting], [code(402)]])
      expect((await errorAfter(...replies)).error).not.toHaveProperty('reason');
  });

  it('is not in the webhook, whose body is frozen', async () => {
    const { detection } = await errorAfter(code(500));
    expect(payloadOf(detection)).not.toContain('reason');
    expect(payloadOf(detection)).toContain('PROVIDER_UNAVAILABLE');
  });
});
