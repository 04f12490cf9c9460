import { ConditionalCheckFailedException, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';

import { describeError, nameOf, withoutWords } from '../../../functions/telemetry/safe-error.ts';

const secret = 'https://cdn.example/s3cr3t';
const place = '    at /s3cr3t/a:1:1';

/** The stack is written down when it is first asked for. */
function changed(error: Error): Error {
  if (error.stack?.includes(error.message) !== true) throw new Error('the stack begins with the message');
  return Object.assign(error, { message: 'changed afterwards' });
}

describe('what is told of an error', () => {
  it('is its name, what AWS says of the call, and where it was thrown', () => {
    const error = new DynamoDBServiceException({
      name: 'ProvisionedThroughputExceededException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: 'ABC123', attempts: 3 },
      message: `The item ${secret} is too hot`,
    });
    expect(describeError(error)).toStrictEqual({
      name: 'ProvisionedThroughputExceededException',
      http_status: 400,
      aws_request_id: 'ABC123',
      attempts: 3,
      at: expect.arrayContaining([
        expect.stringMatching(/safe-error\.test\.ts:\d+:\d+$/) as unknown,
      ]) as unknown,
    });
  });

  it('is the code of a broken connection, and the names of its causes', () => {
    const cause = Object.assign(new TypeError(secret), { cause: new RangeError(secret) });
    const error = Object.assign(new Error(`connect ${secret}`, { cause }), { code: 'ECONNRESET' });
    expect(describeError(error)).toMatchObject({
      name: 'Error',
      code: 'ECONNRESET',
      causes: ['TypeError', 'RangeError'],
    });
  });

  it('is where it was thrown, and no place of a package or of Node on the way', () => {
    const places = [
      '/var/task/node_modules/@aws-sdk/client/index.js:1:2',
      '/var/task/functions/records/query.ts:3:4',
      'node:internal/process/task_queues:104:5',
      '/var/task/node_modules/@smithy/core/index.js:5:6',
      '/var/task/functions/api/handlers.ts:7:8',
    ];
    const stack = ['Error: no', ...places.map((at) => `    at call (${at})`)].join('\n');
    const { at } = describeError(Object.assign(new Error('no'), { stack }));
    expect(at).toEqual([places[0], places[1], places[4]]);
  });

  it.each([
    ['its message', new Error(secret)],
    ['a message that looks like a place', new Error(`no\n    at /s3cr3t/face.jpg:1:1\n    at s3cr3t:1:1`)],
    ['its name', Object.assign(new Error('no'), { name: secret })],
    ['a message changed afterwards', changed(new Error(secret))],
    [
      'a place in a message that was changed afterwards',
      changed(new Error('no\n    at /s3cr3t/face.jpg:1:1')),
    ],
    [
      'a place in a message behind a long name',
      Object.assign(new Error(place), { stack: `ConditionalCheckFailedException: ${place}\n    at a:1:1` }),
    ],
    ['what looks like a place and is none', Object.assign(new Error('no'), { stack: `no\nnote${place}` })],
    ['its code', Object.assign(new Error('no'), { code: secret })],
    ['what stands before its code', Object.assign(new Error('no'), { code: 's3cr3t ECONNRESET' })],
    ['what stands behind its code', Object.assign(new Error('no'), { code: 'ECONNRESET s3cr3t' })],
    ['what AWS said', Object.assign(new Error('no'), { $metadata: { requestId: secret, attempts: secret } })],
    [
      'the item that stood in the way',
      new ConditionalCheckFailedException({
        $metadata: {},
        message: secret,
        Item: { faces: { S: secret } },
      }),
    ],
    ['its cause', new Error('no', { cause: secret })],
    ['several errors in one', new AggregateError([new Error(secret)], secret)],
    ['a parser that quotes', parseError(`{"link": ${secret}`)],
    ['what is no error', secret],
    ['an object', { message: secret, name: secret, stack: `${secret}\n    at /s3cr3t:1:1` }],
  ])('never holds %s', (_what, error) => {
    const thrown = withoutWords(error, 'task-1');
    const told = [describeError(error), thrown.name, thrown.message, thrown.stack, thrown];
    expect(JSON.stringify(told)).not.toMatch(/s3cr3t|cdn/);
    expect(thrown.cause).toBeUndefined();
  });

  it.each([
    ['a place that cannot be told from its message', changed(new Error('a'))],
    ['a stack', Object.assign(new Error('no'), { stack: 5 })],
    ['a place with a line', Object.assign(new Error('no'), { stack: 'Error: no\n    at native' })],
  ])('says nothing where there is not %s', (_what, error) => {
    expect(describeError(error)).toStrictEqual({ name: 'Error' });
  });

  it('ends where a chain of causes never does', () => {
    const endless = new Error('a');
    endless.cause = endless;
    expect(describeError(endless).causes).toEqual(['Error', 'Error', 'Error', 'Error']);
  });
});

describe('the name of an error', () => {
  it.each([
    ['ThrottlingException', Object.assign(new Error('no'), { name: 'ThrottlingException' })],
    ['$ZodError', Object.assign(new Error('no'), { name: '$ZodError' })],
    ['Error', Object.assign(new Error('no'), { name: 'two words' })],
    ['Error', Object.assign(new Error('no'), { name: 'x'.repeat(65) })],
    ['Error', 'a string'],
    ['Error', undefined],
  ])('is kept as %s, for the retriers of the workflow', (name, error) => {
    expect([nameOf(error), withoutWords(error, 'task-1').name]).toEqual([name, name]);
  });
});

function parseError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
