/** What one task cost at AWS, by its own accounting. */
import type { Detection } from '../functions/detection/fields.ts';
import { dollars, expressDollars, lambdaDollars } from './prices.ts';

/** Workflow and Lambda, in US dollars: the part that grows with waiting. Database and logs come to some $0.000005. */
export const priceOf = (detection: Detection): number =>
  workflowPriceOf(detection) + lambdaDollars(detection.invocations, detection.lambda_ms, detection.memory_mb);

/** The ARN holds the type of the execution. */
function workflowPriceOf({ execution_arn, transitions, executions = 0, workflow_ms = 0 }: Detection): number {
  if (execution_arn.split(':')[5] !== 'express') return transitions * dollars.transition;
  return expressDollars(workflow_ms, executions);
}

export const formatPrice = (price: number): string => `$${price.toFixed(6)}`;
