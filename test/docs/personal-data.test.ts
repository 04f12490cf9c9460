import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { RecordRetentionDays } from '../../functions/environment.ts';

const page = readFileSync(new URL('../../docs/privacy.md', import.meta.url), 'utf8');
const row = (where: string): string => page.split('\n').find((line) => line.startsWith(`| ${where}`)) ?? '';

describe('the page on personal data', () => {
  it('names the bounds of the retention that are enforced', () => {
    const [, least, most] = /(\d+) to (\d+)/.exec(row('the table')) ?? [];
    for (const days of [least, most].map(Number))
      expect(RecordRetentionDays.safeParse(days).success).toBe(true);
    for (const days of [Number(least) - 1, Number(most) + 1])
      expect(RecordRetentionDays.safeParse(days).success).toBe(false);
  });

  it('names everything of the caller that is stored, and what of it is sent on', () => {
    for (const attribute of ['media_url', 'callback_url', 'metadata'])
      expect(row('the table')).toContain(`\`${attribute}\``);
    for (const attribute of ['media_url', 'metadata'])
      expect(row('webhooks sent')).toContain(`\`${attribute}\``);
    expect(row('webhooks sent')).not.toContain('callback_url');
  });

  it.each([
    "the table's backups",
    'events',
    'logs and metrics',
    'Step Functions',
    'one machine',
    'the provider',
  ])('has a row for %s', (where) => {
    expect(row(where).split('|')).toHaveLength(6);
  });
});
