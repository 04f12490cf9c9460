/** What one task cost at AWS, by its own accounting. Prices of us-east-1, November 2026, second-hand. */
import type { Detection } from '../functions/detection.ts';

const dollars = {
  /** Step Functions Standard, a state entered. */
  transition: 25 / 1_000_000,
  lambdaRequest: 0.2 / 1_000_000,
  /** Lambda arm64, a GB-second. */
  lambdaGbSecond: 0.000_013_333_4,
} as const;

/** The memory that the stack gives the Poll function, in GB. */
const lambdaGb = 0.25;

/** Workflow and Lambda, in US dollars: the part that grows with waiting. Database and logs come to some $0.000005. */
export const priceOf = ({
  transitions,
  visits,
  lambda_ms,
}: Pick<Detection, 'transitions' | 'visits' | 'lambda_ms'>): number =>
  transitions * dollars.transition +
  visits * dollars.lambdaRequest +
  (lambda_ms / 1_000) * lambdaGb * dollars.lambdaGbSecond;

export const formatPrice = (price: number): string => `$${price.toFixed(6)}`;
