/** What may go wrong, where, how often; drawn from a seed, or listed in a story. */
import { drawOf } from './draw.ts';

export const kinds = [
  'provider',
  'database',
  'bus',
  'receiver',
  'invocations',
  'concurrency',
  'kills',
  'rivals',
  'clock',
  'rate',
  'submissions',
  'links',
  'store',
] as const;
export type Kind = (typeof kinds)[number];

/** Told by stories alone: a call that is never carried out, or never acknowledged, however often the SDK sends it. */
const never = { stopped: 0, unacknowledged: 0 } as const;

/** How likely each is at one crossing of its edge, for a task that has it neither easy nor hard. */
const odds = {
  provider: {
    kind: 'provider',
    chances: {
      unavailable: 0.05,
      unreadable: 0.02,
      throttled: 0.02,
      hold: 0.003,
      violation: 0.02,
      stranger: 0.01,
      odd: 0.03,
      'not-found': 0.005,
      slow: 0.03,
      denied: 0.002,
      'wrong-key': 0.003,
    },
  },
  database: {
    kind: 'database',
    chances: { throttled: 0.008, 'internal-error': 0.006, 'lost-ack': 0.012, 'timed-out': 0.003, ...never },
  },
  bus: { kind: 'bus', chances: { rejected: 0.04, down: 0.04, 'lost-ack': 0.04 } },
  rule: { kind: 'bus', chances: { 'target-lost': 0.05, 'target-twice': 0.06, 'target-late': 0.05 } },
  receiver: {
    kind: 'receiver',
    chances: { failing: 0.12, slow: 0.05, 'lost-ack': 0.06, gone: 0.01, unreachable: 0.05, busy: 0.03 },
  },
  invocation: {
    kind: 'invocations',
    chances: {
      throttled: 0.015,
      'not-begun': 0.01,
      'lost-answer': 0.012,
      twice: 0.02,
      'twice-later': 0.02,
      late: 0.02,
      broken: 0.002,
    },
  },
  /** Other functions leave a single sandbox for a while. */
  account: { kind: 'concurrency', chances: { full: 0.002 } },
  executions: {
    kind: 'invocations',
    chances: { throttled: 0.02, 'lost-ack': 0.03, slow: 0.02 },
  },
  segment: { kind: 'kills', chances: { lost: 0.02, twice: 0.03, rejected: 0.02, 'lost-ack': 0.02 } },
  secrets: { kind: 'invocations', chances: { down: 0.04 } },
  life: { kind: 'kills', chances: { 'dies-before': 0.0025, 'dies-after': 0.0025 } },
  clock: { kind: 'clock', chances: { freeze: 0.002, jump: 0.004 } },
  /** The POST that creates a task: no connection, or one that breaks before or after there is a task. */
  submission: {
    kind: 'submissions',
    chances: {
      refused: 0.04,
      'reset-before-body': 0.04,
      reset: 0.04,
      'timed-out': 0.04,
      error: 0.04,
      page: 0.04,
      cut: 0.04,
      rejected: 0.08,
      slow: 0.04,
    },
  },
  /** The invocation of the function that submits. */
  submitting: { kind: 'invocations', chances: { throttled: 0.02, 'lost-answer': 0.04, twice: 0.04 } },
  link: {
    kind: 'links',
    chances: {
      dead: 0.02,
      gone: 0.02,
      failing: 0.02,
      slow: 0.01,
      huge: 0.01,
      redirected: 0.01,
      private: 0.01,
      page: 0.01,
      markup: 0.01,
    },
  },
  store: { kind: 'store', chances: { throttled: 0.01, 'lost-ack': 0.01, slow: 0.01 } },
  strangers: {
    kind: 'rate',
    chances: { 'wrong-clock': 0.01, 'hears-429': 0.005, 'other-rate': 0.005, poisoned: 0.02 },
  },
} as const satisfies Record<string, { kind: Kind; chances: Record<string, number> }>;

export type Edge = keyof typeof odds;
export type FaultAt<E extends Edge> = keyof (typeof odds)[E]['chances'];
export const faultsAt = <E extends Edge>(edge: E): FaultAt<E>[] =>
  Object.keys(odds[edge].chances) as FaultAt<E>[];
export const kindOf = (edge: Edge): Kind => odds[edge].kind;

/** One that happened: at which crossing of which edge, about which task. */
export interface Fault {
  task: string;
  edge: Edge;
  crossing: number;
  fault: string;
}

export interface Faults {
  /** What the next crossing of this edge meets. */
  at<E extends Edge>(edge: E, task: string): FaultAt<E> | undefined;
  /** A number of the seed for this task, another one every time: how long, how many, which. */
  chance(task: string, what: string): number;
  fired: readonly Fault[];
  /** How often each edge was crossed about each task. */
  crossings(): Pick<Fault, 'task' | 'edge' | 'crossing'>[];
}

interface FaultsOptions {
  seed: number;
  /** None: the world is as it should be. */
  enabled: ReadonlySet<Kind>;
  /** How hard a task has it: multiplies the odds. */
  hardship: (task: string) => number;
  /** Only these, instead of what the seed draws. */
  listed?: readonly Fault[] | undefined;
}

export function createFaults(options: FaultsOptions, onFault: (fault: Fault) => void): Faults {
  const { seed, enabled, hardship } = options;
  const counts = new Map<string, number>();
  const fired: Fault[] = [];
  const listed =
    options.listed &&
    new Map(options.listed.map((each) => [nameOf(each.task, each.edge, each.crossing), each.fault]));

  function count(name: string): number {
    const crossing = counts.get(name) ?? 0;
    counts.set(name, crossing + 1);
    return crossing;
  }

  function drawn(edge: Edge, task: string, name: string): string | undefined {
    if (listed !== undefined) return listed.get(name);
    const { kind, chances } = odds[edge];
    if (!enabled.has(kind)) return undefined;
    let left = drawOf(seed, name) / hardship(task);
    for (const [fault, chance] of Object.entries(chances)) {
      if (left < chance) return fault;
      left -= chance;
    }
    return undefined;
  }

  return {
    at<E extends Edge>(edge: E, task: string) {
      const crossing = count(`${task}/${edge}`);
      const fault = drawn(edge, task, nameOf(task, edge, crossing));
      if (fault !== undefined) {
        fired.push({ task, edge, crossing, fault });
        onFault({ task, edge, crossing, fault });
      }
      return fault as FaultAt<E> | undefined;
    },
    chance: (task, what) => drawOf(seed, `${task}/${what}?${count(`${task}/${what}?`)}`),
    fired,
    crossings: () =>
      [...counts]
        .filter(([name]) => !name.endsWith('?'))
        .flatMap(([name, length]) => {
          const [task = '', edge] = name.split('/');
          return Array.from({ length }, (_, crossing) => ({ task, edge: edge as Edge, crossing }));
        }),
  };
}

const nameOf = (task: string, edge: Edge, crossing: number): string => `${task}/${edge}/${crossing}`;
