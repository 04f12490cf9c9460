/** Every call of a story that leaves a process, each stopped, unacknowledged, or the last thing that its process does. */
import { classify } from '../sim/cells.ts';
import type { Edge, Fault } from '../sim/faults.ts';
import type { Parts } from '../sim/parts.ts';
import type { CrashStory } from './stories.ts';

/** What may become of a call at each edge: before it is carried out, and after, without an acknowledgement. */
const fates: Partial<Record<Edge, readonly string[]>> = {
  database: ['stopped', 'unacknowledged', 'lost-ack'],
  provider: ['unavailable'],
  bus: ['down', 'rejected', 'lost-ack'],
  rule: ['target-lost', 'target-twice', 'target-late'],
  submission: [
    'refused',
    'reset-before-body',
    'reset',
    'timed-out',
    'error',
    'page',
    'cut',
    'rejected',
    'slow',
  ],
  submitting: ['throttled', 'lost-answer', 'twice'],
  link: ['dead', 'gone', 'slow', 'huge', 'page'],
  store: ['throttled', 'lost-ack'],
  receiver: ['unreachable', 'lost-ack'],
  secrets: ['down'],
  executions: ['throttled', 'lost-ack'],
  segment: ['rejected', 'lost-ack', 'lost', 'twice'],
  invocation: ['throttled', 'not-begun', 'lost-answer', 'twice', 'twice-later'],
  // Killed, at whichever of them.
  life: ['dies-before', 'dies-after'],
};

export interface Point {
  at: CrashStory;
  fault: Fault;
}

export interface Outcome {
  /** Whatever promise was broken, or that it ended otherwise than without the crash. */
  faults: string[];
  hasMet: boolean;
}

/** How a story ends, but for what it counts. */
const endOf = (counts: Record<string, number>): string =>
  Object.keys(counts)
    .filter((name) =>
      /^(succeeded|failed|abandoned|forgotten|no record|starting|processing|code .*|webhook .*|archive .*)$/.test(
        name,
      ),
    )
    .toSorted()
    .join(', ');

export interface Enumerated {
  points: Point[];
  end: string;
}

export async function pointsOf(at: CrashStory): Promise<Enumerated> {
  const { crossings, fired, findings, counts } = await classify(at.story);
  const [found] = findings;
  if (found !== undefined) throw new Error(`${at.name}: ${found.sentence}`);
  const taken = new Set(fired.map(({ edge, crossing }) => `${edge} ${crossing}`));
  const points = crossings
    .filter(({ edge, crossing }) => !taken.has(`${edge} ${crossing}`))
    .flatMap((crossing) =>
      (fates[crossing.edge] ?? []).map((fault) => ({ at, fault: { ...crossing, fault } })),
    );
  return { points, end: endOf(counts) };
}

export async function crash({ at, fault }: Point, end: string, parts?: Parts): Promise<Outcome> {
  const story = { ...at.story, faults: [...(at.story.faults ?? []), fault] };
  const { findings, fired, counts } = await classify(story, { parts });
  const ended = endOf(counts);
  return {
    faults: [
      ...findings.map(({ promise, sentence }) => `${promise}: ${sentence}`),
      ...(ended === end || at.mayEndOtherwise ? [] : [`ended as ${ended}, without the crash as ${end}`]),
    ],
    hasMet: fired.some(({ edge, crossing }) => edge === fault.edge && crossing === fault.crossing),
  };
}
