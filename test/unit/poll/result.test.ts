import { describe, expect, it } from 'vitest';

import { abandonmentCodes, detectionError } from '../../../functions/detection/error-codes.ts';
import { finalResult } from '../../../functions/poll/result.ts';
import { newHead } from '../../../functions/records/head.ts';
import { measureFinal } from '../../../functions/telemetry/measure-final.ts';
import type { Measurement } from '../../../functions/telemetry/metrics.ts';
import { noonMs, ownerNamed, testDefaults, taskId } from '../../support/records.ts';

const open = newHead({ detect_task_id: taskId('task') }, ownerNamed('1-task'), testDefaults, noonMs);
const abandoned = { ...open, status: 'abandoned', final_at: open.created_at } as const;

function measured(head: typeof open): Measurement[] {
  const found: Measurement[] = [];
  measureFinal((...value) => found.push(value), head);
  return found;
}

describe('the result of a final record', () => {
  it('is its error where the record is abandoned', () => {
    const error = detectionError('CANCELLED');
    const { code, message } = error;
    expect(finalResult({ ...abandoned, error })).toEqual({
      v: 2,
      next: 'abandoned',
      detect_task_id: 'task',
      error: { code, message },
    });
  });

  it('is a lost execution where the record does not say why it is abandoned', () => {
    expect(finalResult(abandoned)).toMatchObject({ next: 'abandoned', error: { code: 'EXECUTION_LOST' } });
  });

  it('does not exist for an open record: that is a bug of ours', () => {
    expect(() => finalResult(open)).toThrow('task: expected a final record, its status is starting');
  });
});

describe('the metrics of a record', () => {
  it('are none while it is open, or where it does not say when it became final', () => {
    const { final_at: _, ...timeless } = abandoned;
    expect([measured(open), measured(timeless)]).toEqual([[], []]);
  });

  it.each(abandonmentCodes)('are its age, so that ages count the abandoned, and the code: %s', (code) => {
    expect(measured({ ...abandoned, error: detectionError(code) })).toEqual([
      ['ageAtFinal', 0, 'abandoned'],
      ['abandoned', 1, code],
    ]);
  });
});
