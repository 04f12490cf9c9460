import { describe, expect, it } from 'vitest';

import { formatPrice, priceOf } from '../../../cli/price.ts';
import type { Detection } from '../../../functions/detection/fields.ts';
import { newHead } from '../../../functions/records/head.ts';
import { noonMs, ownerNamed, testDefaults, taskId } from '../../support/records.ts';

const arns = {
  STANDARD: 'arn:aws:states:us-east-1:123456789012:execution:poller:1-task',
  EXPRESS: 'arn:aws:states:us-east-1:123456789012:express:poller:1-task:0123abcd',
};
const begun = newHead({ detect_task_id: taskId('task') }, ownerNamed('1-task'), testDefaults, noonMs);
const taking = (type: keyof typeof arns, taken: Partial<Detection>): number =>
  priceOf({ ...begun, execution_arn: arns[type], ...taken });

describe('the price of a task', () => {
  it('is 25 millionths of a dollar a state of a Standard execution, 0.2 an invocation, and 3.33 a second at 256 MB', () => {
    expect(taking('STANDARD', { transitions: 1_000_000 })).toBeCloseTo(25, 9);
    expect(taking('STANDARD', { invocations: 1_000_000 })).toBeCloseTo(0.2, 9);
    expect(taking('STANDARD', { lambda_ms: 1e9 })).toBeCloseTo(3.333_35, 9);
  });

  it('is a millionth of a dollar an Express execution and 1.04 a second of it, begun tenths as whole ones', () => {
    expect(taking('EXPRESS', { executions: 1_000_000, transitions: 5_000_000 })).toBeCloseTo(1, 9);
    expect(taking('EXPRESS', { workflow_ms: 1e9 })).toBeCloseTo(1.041_875, 9);
    expect(taking('EXPRESS', { workflow_ms: 1 })).toBe(taking('EXPRESS', { workflow_ms: 100 }));
  });

  it('follows the memory of the function', () => {
    expect(taking('STANDARD', { lambda_ms: 1e9, memory_mb: 512 })).toBeCloseTo(6.666_7, 9);
  });

  it('is some 78 millionths for a task of one invocation of a second', () => {
    expect(formatPrice(taking('STANDARD', { transitions: 3, invocations: 1, lambda_ms: 1_000 }))).toBe(
      '$0.000079',
    );
  });

  it('is nothing before anything was done', () => {
    expect(formatPrice(taking('STANDARD', {}))).toBe('$0.000000');
  });
});
