import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';

import { EventDetail } from '../../functions/notify/event.ts';
import { WebhookEvent } from '../../functions/notify/webhook/payload.ts';

describe('the schemas for receivers', () => {
  it.each([
    ['event', EventDetail],
    ['webhook', WebhookEvent],
  ])('are those of the code: %s', (name, schema) => {
    // Where one is not: `npm run snapshot`, then review what changed.
    const file = new URL(`../../docs/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(z.toJSONSchema(schema));
  });
});
