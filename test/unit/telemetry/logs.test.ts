import { describe, expect, it } from 'vitest';

import { metrics } from '../../../functions/telemetry/metrics.ts';
import { captureTelemetry, contextOf } from '../../support/telemetry.ts';

const directive = (dimensions: string[], ...measured: (readonly [string, string])[]) => ({
  Timestamp: expect.any(Number) as unknown,
  CloudWatchMetrics: [
    {
      Namespace: 'FaceDetectionPoller',
      Dimensions: [dimensions],
      Metrics: measured.map(([Name, Unit]) => ({ Name, Unit })),
    },
  ],
});
const of = (metric: keyof typeof metrics) => [metrics[metric].name, metrics[metric].unit] as const;
const ids = { detect_task_id: 'task-1', execution_name: '1-task-1', attempt: 1 };

describe('a log line', () => {
  it('is JSON with the ids of the invocation, whose first one says that it started cold', async () => {
    using telemetry = captureTelemetry();
    for (const requestId of ['first', 'second'])
      await telemetry.during(contextOf(requestId), ids, async () =>
        telemetry.log('info', 'polled', { observation: 'pending', polls: 1 }),
      );
    const line = { level: 'INFO', message: 'polled', ...ids, observation: 'pending', polls: 1 };
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;
    expect(telemetry.lines()).toEqual([
      { ...line, timestamp, request_id: 'first', cold_start: true },
      { ...line, timestamp, request_id: 'second', cold_start: false },
    ]);
  });

  it('may be written before the first invocation', () => {
    using telemetry = captureTelemetry();
    telemetry.log('info', 'polled', {});
    expect(telemetry.lines()).toMatchObject([{ level: 'INFO', message: 'polled' }]);
  });

  it('keeps nothing of the invocation before', async () => {
    using telemetry = captureTelemetry();
    await telemetry.during(contextOf('first'), ids, async () => {});
    await telemetry.during(contextOf('second'), { detect_task_id: 'task-2' }, async () =>
      telemetry.log('warn', 'polled', {}),
    );
    const [line] = telemetry.lines();
    expect(line).toMatchObject({ level: 'WARN', detect_task_id: 'task-2', request_id: 'second' });
    expect(line).not.toHaveProperty('execution_name');
  });

  it('lets nothing pass that looks like a key or a link, and no words of an error', async () => {
    using telemetry = captureTelemetry();
    const key = ['ak', 'abcdefgh12345678'].join('_');
    await telemetry.during(contextOf('first'), ids, async () => {
      telemetry.log('info', 'polled', { note: `see https://cdn.example/s3cr3t?a=1 with ${key}` });
      telemetry.log('info', 'polled', { note: 'HTTP://cdn.example/s3cr3t' });
      telemetry.log('info', 'polled', { error: new Error('s3cr3t') });
    });
    expect(telemetry.lines()).toMatchObject([
      { note: 'see … with …' },
      { note: '…' },
      { error: { name: 'Error' } },
    ]);
    expect(telemetry.text()).not.toMatch(/s3cr3t|cdn\.example|abcdefgh/);
  });
});

describe('a concealed secret', () => {
  const secret = 'Plain-words_and-n0-prefix';

  it.each([
    ['as it is', secret],
    ['in part', secret.slice(3, 15)],
    ['in base64', Buffer.from(`key=${secret}`).toString('base64')],
    ['URL-encoded', encodeURIComponent(secret).toLowerCase()],
  ])('is in no line, %s', async (_how, said) => {
    using telemetry = captureTelemetry();
    telemetry.log('info', 'polled', { note: said });
    telemetry.conceal(secret);
    await telemetry.during(contextOf('first'), ids, async () => {
      telemetry.log('info', 'polled', { note: said, nested: { list: [said] } });
    });
    expect(telemetry.text().split(said)).toHaveLength(2);
    expect(telemetry.lines()[1]).toMatchObject({
      detect_task_id: 'task-1',
      nested: { list: [expect.stringContaining('…')] },
    });
  });
});

describe('an invocation that fails', () => {
  it('about no task says that it was this one', async () => {
    using telemetry = captureTelemetry();
    const failing = telemetry.during(contextOf('first'), {}, () => Promise.reject(new Error('s3cr3t')));
    await expect(failing).rejects.toThrow(/^this invocation: failed/);
  });

  it('is logged and thrown again under its name, without its words, and its metrics go out', async () => {
    using telemetry = captureTelemetry();
    const fault = Object.assign(new Error('s3cr3t'), {
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 400 },
      Item: { faces: 's3cr3t' },
    });
    const failing = telemetry.during(contextOf('first'), ids, async () => {
      telemetry.measure('calls', 2);
      throw fault;
    });
    const thrown = await failing.catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      name: 'ThrottlingException',
      message: "task-1: failed; the function's log says where, under this request id",
    });
    // Lambda prints every field of what is thrown.
    expect(Object.keys(thrown as object)).toEqual(['name']);
    expect(telemetry.lines()).toMatchObject([
      { level: 'ERROR', message: 'failed', ...ids, error: { name: 'ThrottlingException', http_status: 400 } },
    ]);
    expect(telemetry.documents()).toMatchObject([{ Calls: 2 }]);
    expect(telemetry.text()).not.toContain('s3cr3t');
  });
});

describe('the metrics of an invocation', () => {
  it('go out at its end, one document for each value of a breakdown', async () => {
    using telemetry = captureTelemetry('the-table');
    await telemetry.during(contextOf('first'), ids, async () => {
      telemetry.measure('calls', 1);
      telemetry.measure('polls', 1, 'pending');
      telemetry.measure('calls', 1);
      telemetry.measure('polls', 1, 'pending');
      telemetry.measure('polls', 1, 'succeeded');
      telemetry.measure('answerLag', 540);
      telemetry.measure('ageAtFinal', 2.5, 'succeeded');
      expect(telemetry.documents()).toEqual([]);
    });
    expect(telemetry.documents()).toEqual([
      {
        _aws: directive(['TableName'], of('calls'), of('answerLag')),
        TableName: 'the-table',
        Calls: [1, 1],
        AnswerLag: 540,
      },
      {
        _aws: directive(['TableName', 'Observation'], of('polls')),
        TableName: 'the-table',
        Observation: 'pending',
        Polls: [1, 1],
      },
      {
        _aws: directive(['TableName', 'Observation'], of('polls')),
        TableName: 'the-table',
        Observation: 'succeeded',
        Polls: 1,
      },
      {
        _aws: directive(['TableName', 'Status'], of('ageAtFinal')),
        TableName: 'the-table',
        Status: 'succeeded',
        AgeAtFinal: 2.5,
      },
    ]);
  });

  it('go out in several documents where they are many, each with its breakdown', async () => {
    using telemetry = captureTelemetry();
    await telemetry.during(contextOf('first'), ids, async () => {
      for (let count = 0; count < 250; count++) telemetry.measure('polls', count, 'pending');
    });
    const documents = telemetry.documents();
    expect(documents.map(({ Observation }) => Observation)).toEqual(['pending', 'pending', 'pending']);
    expect(documents.flatMap(({ Polls }) => Polls)).toEqual(Array.from({ length: 250 }, (_, count) => count));
  });

  it('are none where nothing was measured, and no value that is no number spoils the others', async () => {
    using telemetry = captureTelemetry();
    await telemetry.during(contextOf('first'), ids, async () => {});
    expect(telemetry.text()).toBe('');
    await telemetry.during(contextOf('second'), ids, async () => {
      telemetry.measure('answerLag', Number.NaN);
      telemetry.measure('calls', 1);
    });
    expect(telemetry.documents()).toMatchObject([{ Calls: 1 }]);
    expect(telemetry.text()).not.toContain('AnswerLag');
  });
});
