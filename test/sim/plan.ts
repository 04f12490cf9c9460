/** What is to happen to one task, apart from faults: when it begins, what the provider answers, which rivals interfere. */
import { drawer } from './draw.ts';
import type { FaultAt, Kind } from './faults.ts';

export type Verb =
  | 'start'
  | 'start-other'
  | 'retry'
  | 'cancel'
  | 'forget'
  | 'redeliver'
  /** An execution of anyone's for the same task, under another name. */
  | 'rival'
  /** The same name once more, or a stop, by another program. */
  | 'start-again'
  | 'stop'
  /** The media once more with the same key, or other media with it. */
  | 'detect'
  | 'detect-other';

export interface Plan {
  task: string;
  beginsAtMs: number;
  /** Through the client, by an execution of anyone's, or by the media, which the client submits. */
  by: 'client' | 'anyone' | 'media';
  deadlineSeconds?: number;
  /** Before `beginsAtMs`. */
  submittedMsAgo?: number;
  /** The first POST of its media: instead of what the seed draws. */
  meets?: FaultAt<'submission'> | 'none';
  hasCallback: boolean;
  provider: {
    ends: 'succeeded' | 'failed' | 'generation-failed' | 'invalid' | 'unknown' | 'never';
    durationMs: number;
    faces: number;
    linkBytes: number;
  };
  /** Multiplies the odds of faults. */
  hardship: number;
  /** What callers do about it afterwards. */
  later: { atMs: number; verb: Verb }[];
}

/** What all calls meet for a while. */
export interface Storm {
  fromMs: number;
  toMs: number;
  what: 'unavailable' | 'throttled' | 'hold';
}

const media = [
  { medianMs: 1_500, sigma: 0.6 },
  { medianMs: 12_000, sigma: 0.7 },
  { medianMs: 90_000, sigma: 1 },
] as const;

/** Within so long all tasks begin. */
const beginMs = 2 * 3_600_000;

export function planOf(seed: number, task: string, enabled: ReadonlySet<Kind>): Plan {
  const { draw, between, happens, oneOf, lasting } = drawer(seed, `plan/${task}`);
  const beginsAtMs = between('begins', 0, beginMs);
  const { medianMs, sigma } = oneOf('media', media);
  const isLarge = happens('large', 0.06);
  const has = (name: string, probability: number): boolean =>
    enabled.has('rivals') && happens(name, probability);
  const soonMs = (name: string): number => beginsAtMs + Math.floor(120_000 * draw(name) ** 3);
  const lateMs = (name: string): number => beginsAtMs + between(name, 1_000, 6_000_000);
  const later: Plan['later'] = [
    ...(['start', 'start-again', 'rival'] as const).flatMap((verb) =>
      [1, 2].flatMap((nth) =>
        has(`${verb}${nth}`, 0.12) ? [{ atMs: soonMs(`${verb}${nth}-at`), verb }] : [],
      ),
    ),
    ...(has('start-other', 0.03) ? [{ atMs: soonMs('start-other-at'), verb: 'start-other' as const }] : []),
    ...(has('cancel', 0.05) ? [{ atMs: soonMs('cancel-at'), verb: 'cancel' as const }] : []),
    ...(has('stop', 0.03) ? [{ atMs: soonMs('stop-at'), verb: 'stop' as const }] : []),
    ...(has('forget', 0.05) ? [{ atMs: soonMs('forget-at'), verb: 'forget' as const }] : []),
    ...(has('forget-late', 0.03) ? [{ atMs: lateMs('forget-late-at'), verb: 'forget' as const }] : []),
    ...(has('retry', 0.25) ? [{ atMs: lateMs('retry-at'), verb: 'retry' as const }] : []),
    ...(has('retry-soon', 0.1) ? [{ atMs: soonMs('retry-soon-at'), verb: 'retry' as const }] : []),
    ...(has('redeliver', 0.05) ? [{ atMs: lateMs('redeliver-at'), verb: 'redeliver' as const }] : []),
    ...(has('start-late', 0.1) ? [{ atMs: lateMs('start-late-at'), verb: 'start' as const }] : []),
  ].toSorted((a, b) => a.atMs - b.atMs);
  const by = happens('anyone', 0.25) ? 'anyone' : happens('media', 0.3) ? 'media' : 'client';
  /** Others with the same key, at the same moment. */
  const twins = ['twin', 'triplet'].flatMap((name) =>
    has(name, 0.3) ? [{ atMs: beginsAtMs, verb: 'detect' as const }] : [],
  );
  return {
    task,
    beginsAtMs,
    by,
    ...(happens('deadline', 0.5) && {
      deadlineSeconds: happens('short', 0.2) ? between('seconds', 5, 40) : between('seconds', 40, 1_800),
    }),
    ...(by !== 'media' && happens('submitted', 0.3) && { submittedMsAgo: between('ago', 0, 600_000) }),
    hasCallback: happens('callback', 0.5),
    provider: {
      ends: happens('succeeds', 0.86)
        ? 'succeeded'
        : oneOf('ends', ['failed', 'failed', 'generation-failed', 'invalid', 'unknown', 'never']),
      durationMs: lasting('duration', medianMs, sigma),
      faces: isLarge ? between('many', 101, 900) : between('few', 0, 6),
      linkBytes: isLarge ? between('long', 80, 700) : 0,
    },
    hardship: oneOf('hardship', [0.001, 0.3, 1, 1, 3]),
    later: by === 'media' ? [...twins, ...later.flatMap(ofMedia)] : later,
  };
}

/** Of a task without a known id: what would start it by its id submits its media. */
function ofMedia({ atMs, verb }: Plan['later'][number]): Plan['later'] {
  if (verb === 'rival' || verb === 'start-again') return [];
  const submits = { start: 'detect', 'start-other': 'detect-other' } as const;
  return [{ atMs, verb: verb === 'start' || verb === 'start-other' ? submits[verb] : verb }];
}

export function stormsOf(seed: number, enabled: ReadonlySet<Kind>): Storm[] {
  if (!enabled.has('provider')) return [];
  const { between, oneOf, happens } = drawer(seed, 'storms');
  return ['a', 'b', 'c'].flatMap((name) => {
    if (!happens(name, 0.5)) return [];
    const fromMs = between(`${name}-from`, 0, beginMs);
    return [
      {
        fromMs,
        toMs: fromMs + between(`${name}-for`, 5_000, 900_000),
        what: oneOf(`${name}-what`, ['unavailable', 'unavailable', 'throttled', 'hold'] as const),
      },
    ];
  });
}
