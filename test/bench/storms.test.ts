import { describe, expect, it } from 'vitest';

import { bars, sharesOf, type Story, playStory } from './storms.ts';

const allowed = { perSecond: 10, burst: 10 };
/** `npm run bench:rate` plays it at full length: 5,000 tasks and six hours. */
const story: Story = {
  seed: 1,
  tasks: 640,
  allowed,
  perSecond: 9.5,
  outages: [
    { fromS: 10, untilS: 25, code: 429, retryAfterS: 10 },
    { fromS: 40, untilS: 40 + 1_200, code: 455 },
    { fromS: 1_290, untilS: 1_300, code: 429, retryAfterS: 5 },
  ],
  maxPending: 0,
};

describe('tasks that are due at once on one key', () => {
  it('are all answered, with hardly a call too many, whatever the provider goes through', async () => {
    const result = await playStory({ ...story, isProtocolLeftOut: true });
    const broken = bars.filter((bar) => !bar.holds(sharesOf(result), result));
    expect(broken).toEqual([]);
    expect(result).toMatchObject({ succeeded: 640, necessary: 640 });
    expect(result.answered455).toBeGreaterThan(3);
  }, 120_000);

  it('are asked about in vain without a shared rate', async () => {
    const result = await playStory({ ...story, tasks: 100, perSecond: 0, isProtocolLeftOut: true });
    expect(sharesOf(result).callsPerNecessary).toBeGreaterThan(3);
    expect(sharesOf(result).throttled).toBeGreaterThan(0.1);
  });

  it.each(['STANDARD', 'EXPRESS'] as const)(
    'fare the same by the protocol of the database and without it: %s',
    async (type) => {
      const few: Story = { ...story, type, tasks: 40, maxPending: 2 };
      const { reads, writes, ...byProtocol } = await playStory(few);
      expect(await playStory({ ...few, isProtocolLeftOut: true })).toMatchObject(byProtocol);
      expect(byProtocol.succeeded).toBe(40);
      expect(reads + writes).toBeGreaterThan(40 * 3);
    },
  );
});
