import { describe, expect, it } from 'vitest';

import { classify } from '../../../functions/crun/classify.ts';
import type { Exchange } from '../../../functions/crun/client.ts';
import type { Observation } from '../../../functions/crun/observation.ts';
import {
  abandonmentCodes,
  detectionError,
  errorCodes,
  failureCodes,
} from '../../../functions/detection/error-codes.ts';

/** The codes of failures, holds and denials. */
const codesSeen = Object.entries(errorCodes)
  .filter(([, row]) => row.ends === 'failed' || 'seenAs' in row)
  .map(([code]) => code);
const codeOf = (observation: Observation): string[] => ('code' in observation ? [observation.code] : []);

describe('the error of a record', () => {
  it.each(failureCodes)('is an answer, which no retry changes, for %s', (code) => {
    expect(detectionError(code)).toMatchObject({ code, retryable: false });
  });

  it.each(abandonmentCodes)('is a missing answer that a retry may bring, for %s', (code) => {
    expect(detectionError(code)).toMatchObject({ code, retryable: true });
  });

  it('has a fixed sentence for each code, no two alike', () => {
    const sentences = Object.values(errorCodes).map(({ message }) => message);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
    expect(new Set(sentences).size).toBe(failureCodes.length + abandonmentCodes.length);
  });

  it.each(Object.entries(errorCodes))('says what to do about %s', (_code, { advice }) => {
    // A clause: tables and `doctor` put it into sentences of their own.
    expect(advice).toMatch(/^[a-z].{7,80}[^.]$/);
  });

  it("keeps the provider's words apart from ours", () => {
    expect(detectionError('DETECTION_FAILED')).toStrictEqual({
      code: 'DETECTION_FAILED',
      message: expect.any(String) as unknown,
      retryable: false,
    });
    expect(detectionError('DETECTION_FAILED', { code: '17', message: 'no face' })).toEqual({
      code: 'DETECTION_FAILED',
      message: detectionError('DETECTION_FAILED').message,
      provider_code: '17',
      provider_message: 'no face',
      retryable: false,
    });
  });
});

describe('the codes of what the provider says', () => {
  const asked = { detectTaskId: 'task', apiKey: 'a-key-of-the-tests' };
  const bodies = Array.from({ length: 1_000 }, (_, code) => ({ code, message: 'said', data: null })).concat([
    { code: 200, message: 'success', data: { detect_task_id: 'task', status: 'failed' } as never },
  ]);
  const exchanges: Exchange[] = [
    ...bodies.map((body) => ({ kind: 'answered', httpStatus: 200, body: JSON.stringify(body) }) as const),
    { kind: 'answered', httpStatus: 302, body: '' },
  ];
  const seen = new Set(exchanges.flatMap((exchange) => codeOf(classify(exchange, asked, 0))));

  it.each(codesSeen)('are all meant by some answer: %s', (code) => {
    // Where none is: `functions/crun/classify.ts`.
    expect(seen).toContain(code);
  });
});
