/**
 * Every HTTP status with every body, against a second reading of the provider's table: both sides are classified, and
 * the more severe one stands.
 */
import { describe, expect, it } from 'vitest';

import { classified } from '../../support/answers.ts';
import { allowedClassifications, classificationOf } from '../../support/classification.ts';
import { outcomes } from '../../support/outcomes.ts';

const statuses = [
  200, 201, 204, 301, 302, 304, 400, 401, 402, 403, 404, 405, 408, 409, 410, 418, 421, 422, 423, 425, 429,
  430, 433, 451, 455, 460, 499, 500, 501, 502, 503, 504, 505, 599,
];

describe('the more severe of status and body stands', () => {
  it.each(statuses)('under HTTP %i', (httpStatus) => {
    // With one header: what others mean is tested beside them.
    const hinted = [...outcomes([httpStatus])].filter(({ name }) => name.endsWith(', Retry-After 7'));
    expect(hinted.length).toBeGreaterThan(100);
    const unlike = hinted.flatMap((outcome) => {
      const seen = classificationOf(classified(outcome.exchange));
      const allowed = allowedClassifications(outcome);
      return allowed.includes(seen) ? [] : `${outcome.name}: ${seen}, not ${allowed.join(' or ')}`;
    });
    expect(unlike).toEqual([]);
  });
});
