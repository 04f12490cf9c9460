/**
 * `npm run bench:rate`: 5,000 tasks that are due at once on a key that allows 10 calls a second, in virtual time. Ends
 * with 1 where the shared rate does not keep its bars.
 */
import { bars, type Outage, sharesOf, type Story, playStory } from './storms.ts';

const hour = 3_600;
const firstStorm: Outage = { fromS: 60, untilS: 120, code: 429, retryAfterS: 10 };
const maintenance: Outage = { fromS: 200, untilS: 200 + 6 * hour, code: 455 };
const secondStorm: Outage = { fromS: 400, untilS: 445, code: 429 };
const secondStormBehind = { ...secondStorm, fromS: 400 + 6 * hour, untilS: 445 + 6 * hour };

const allowed = { perSecond: 10, burst: 10 };
const plain: Story = { seed: 1, tasks: 5_000, allowed, perSecond: 9.5, outages: [], maxPending: 0 };
const storms = [firstStorm, secondStorm];
const all = [firstStorm, maintenance, secondStormBehind];

const stories: Record<string, Story & { isHeld?: boolean }> = {
  'all goes well': plain,
  'up to two pending answers each': { ...plain, maxPending: 2 },
  'two storms of 429': { ...plain, outages: storms },
  'two storms of 429, Express': { ...plain, type: 'EXPRESS', outages: storms },
  'two storms, six hours of maintenance': { ...plain, outages: all, isHeld: true },
  'the rate set twice too high': { ...plain, perSecond: 20 },
  'no shared rate, two storms': { ...plain, perSecond: 0, outages: storms },
};

let isBroken = false;
const rows = [];
for (const [name, { isHeld = false, ...story }] of Object.entries(stories)) {
  const result = await playStory({ ...story, isProtocolLeftOut: true });
  const shares = sharesOf(result);
  const broken = isHeld ? bars.filter((bar) => !bar.holds(shares, result)).map((bar) => bar.says) : [];
  if (broken.length > 0) isBroken = true;
  rows.push({
    story: name,
    necessary: result.necessary,
    calls: result.calls,
    'calls/necessary': shares.callsPerNecessary.toFixed(3),
    'answered 429': result.answered429,
    'share of 429': `${(100 * shares.throttled).toFixed(2)} %`,
    'on hold': result.answered455,
    makespan: `${Math.round(result.makespanS)} s`,
    'makespan/ideal': shares.makespanPerIdeal.toFixed(3),
    succeeded: result.succeeded,
    invocations: result.invocations,
    bars: isHeld ? broken.join(', ') || 'kept' : '',
  });
}
console.table(rows);
process.exitCode = isBroken ? 1 : 0;
