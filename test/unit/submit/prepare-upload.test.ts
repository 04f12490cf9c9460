/** An address for a file: what is asked of the provider, and what a caller hears where there is none. */
import { describe, expect, it } from 'vitest';

import type { CrunClient, Exchange } from '../../../functions/crun/client.ts';
import { createPrepareUpload } from '../../../functions/submit/submitter.ts';
import { refusal } from '../../../local/simulator/envelope.ts';

const kind = { content_type: 'image/png', ext: '.png' };
const upload = {
  presigned_url: 'https://upload.example/a.png?signed',
  file_url: 'https://files.example/a.png',
};
const answered = (body: unknown): Exchange => ({
  kind: 'answered',
  httpStatus: 200,
  body: JSON.stringify(body),
});

function prepares(exchange: Exchange, key: string | undefined = 'the-key', readAfresh = async () => key) {
  const calls: unknown[] = [];
  const fresh: string[] = [];
  const crun: Pick<CrunClient, 'call' | 'isLoopback'> = {
    isLoopback: false,
    async call({ method }, { query, apiKey, timeoutMs }) {
      calls.push([method, query, apiKey, timeoutMs]);
      return exchange;
    },
  };
  const apiKey = {
    read: async () => key,
    readAfresh: async () => {
      fresh.push('read');
      return readAfresh();
    },
  };
  return { prepare: createPrepareUpload({ crun, apiKey }), calls, fresh };
}

describe('an upload', () => {
  it('is prepared by one call with the key, in ten seconds', async () => {
    const { prepare, calls } = prepares(answered({ code: 200, message: 'ok', data: upload }));
    expect(await prepare(kind)).toEqual(upload);
    expect(calls).toEqual([['GET', kind, 'the-key', 10_000]]);
  });

  it.each([
    [answered(refusal(401, 'no')), 'code 401', 1],
    [answered(refusal(402, 'no')), 'code 402', 0],
    [{ kind: 'no-answer', fault: 'reset' } as const, 'reset', 0],
  ])('that is not prepared says why: %o', async (exchange, reason, times) => {
    const { prepare, fresh } = prepares(exchange);
    await expect(prepare(kind)).rejects.toMatchObject({
      code: 'SUBMISSION_UNSENT',
      details: { reason: `the provider prepared no upload: ${reason}` },
    });
    expect(fresh).toHaveLength(times);
  });

  it('says so too where the key that replaces a denied one cannot be read', async () => {
    const { prepare } = prepares(answered(refusal(401, 'no')), 'the-key', async () =>
      Promise.reject(new Error('the store is down')),
    );
    await expect(prepare(kind)).rejects.toMatchObject({ code: 'SUBMISSION_UNSENT' });
  });

  it('asks nothing without a key', async () => {
    const { calls } = prepares(answered({}));
    const crun = { isLoopback: false, call: async () => Promise.reject(new Error('called without a key')) };
    const none = { read: async () => undefined, readAfresh: async () => undefined };
    await expect(createPrepareUpload({ crun, apiKey: none })(kind)).rejects.toThrow(
      'Nothing was submitted; submit again (there is no API key: store one with face-poller set-key',
    );
    expect(calls).toEqual([]);
  });
});
