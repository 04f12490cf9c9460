/** What one task cost at AWS, by its own accounting. */
import type { Detection } from '../functions/detection.ts';
import { dollars, lambdaDollars } from './prices.ts';

/** Workflow and Lambda, in US dollars: the part that grows with waiting. Database and logs come to some $0.000005. */
export const priceOf = ({
  transitions,
  visits,
  lambda_ms,
}: Pick<Detection, 'transitions' | 'visits' | 'lambda_ms'>): number =>
  transitions * dollars.transition + lambdaDollars(visits, lambda_ms);

export const formatPrice = (price: number): string => `$${price.toFixed(6)}`;
