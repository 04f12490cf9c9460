import { describe, expect, it } from 'vitest';

import { concealing } from '../../../cli/concealed.ts';

const key = 'Plain-words_and-n0-prefix';

const environment = { CRUN_API_KEY: ` ${key}`, FACE_POLLER_WEBHOOK_SECRET: 'another-secret' };

function written(given: Record<string, string>, ...chunks: string[]): unknown[] {
  const seen: unknown[] = [];
  const stream = { isTTY: true, write: (chunk: unknown) => seen.push(chunk) > 0 };
  const concealed = concealing(stream, given);
  expect(concealed.isTTY).toBe(true);
  for (const chunk of chunks) expect(concealed.write(chunk)).toBe(true);
  return seen;
}

describe('standard error', () => {
  it('shows no secret of the environment, in whatever spelling', () => {
    const said = [key, key.slice(2, 14), Buffer.from(key).toString('hex'), 'another-secret'];
    const seen = written(environment, ...said.map((text) => `cannot use ${text} here\n`));
    expect(seen).toEqual(said.map(() => 'cannot use … here\n'));
  });

  it('shows all else as it is', () => {
    expect(written(environment, 'task: poll 1\n')).toEqual(['task: poll 1\n']);
    expect(written({}, key)).toEqual([key]);
  });
});
