/**
 * Many tasks that are due at once on one key, in virtual time: a provider that counts calls, is in a storm now and
 * then and under maintenance for hours, and as many executions as there are tasks.
 */
import type { Exchange } from '../../functions/crun/client.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { refusal } from '../../local/simulator/envelope.ts';
import { memoryTable } from '../support/memory-table.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualWorld } from '../support/virtual-world.ts';

/** From when to when, in seconds after the start; in it every call is answered with this code. */
export interface Outage {
  fromS: number;
  untilS: number;
  code: 429 | 455;
  /** What a 429 tells each caller to wait; nothing by default. */
  retryAfterS?: number;
}

export interface Story {
  seed: number;
  tasks: number;
  type?: WorkflowType;
  /** What the provider allows the key: calls a second, and so many at once. */
  allowed: { perSecond: number; burst: number };
  /** What the poller allows itself; 0: no limit. */
  perSecond: number;
  outages: readonly Outage[];
  /** Of each task's first answers, so many at the most say that it is still at work; as many as the seed says. */
  maxPending: number;
  /** Each process has a memory of its own; tasks are dealt out among them. */
  processes?: number;
  /** Some ten times faster. */
  isProtocolLeftOut?: boolean;
}

export interface StoryResult {
  calls: number;
  /** The polls that the same tasks need where no call is throttled: each pending answer, and the last one. */
  necessary: number;
  answered429: number;
  answered455: number;
  makespanS: number;
  /** At the allowed rate, outside the outages. */
  idealS: number;
  tasks: number;
  succeeded: number;
  invocations: number;
  reads: number;
  writes: number;
}

export async function playStory(story: Story): Promise<StoryResult> {
  const client = story.isProtocolLeftOut ? memoryTable().client : undefined;
  const random = seededRandom(story.seed);
  const ids = Array.from({ length: story.tasks }, (_, index) => `task-${index}`);
  const pendings = new Map(ids.map((id) => [id, Math.floor(random() * (story.maxPending + 1))]));
  const necessary = [...pendings.values()].reduce((sum, count) => sum + count + 1, 0);
  const result = {
    calls: 0,
    answered429: 0,
    answered455: 0,
    invocations: 0,
    reads: 0,
    writes: 0,
    succeeded: 0,
  };
  let startMs = 0;
  let endMs = 0;
  let final = 0;
  const allAreFinal = Promise.withResolvers<void>();
  const bucket = bucketOf(story.allowed);

  function instead(id: string, atMs: number): Exchange | undefined {
    result.calls += 1;
    const sinceS = (atMs - startMs) / 1_000;
    const outage = story.outages.find(({ fromS, untilS }) => sinceS >= fromS && sinceS < untilS);
    const code = outage?.code ?? (bucket(sinceS) ? undefined : 429);
    if (code === 429) result.answered429 += 1;
    if (code === 455) result.answered455 += 1;
    if (code !== undefined) return answered(refusal(code), outage?.retryAfterS);
    const left = pendings.get(id) ?? 0;
    pendings.set(id, left - 1);
    return left > 0 ? answered(pendingAnswer(id)) : undefined;
  }

  const world = await createVirtualWorld({
    seed: story.seed,
    type: story.type ?? 'STANDARD',
    client,
    provider: { instead, faces: 1 },
    rate: story.perSecond,
    sandboxes: story.processes ?? 50,
    observe(observed, atMs) {
      if (observed.what === 'invocation') result.invocations += 1;
      if (observed.what === 'read') result.reads += 1;
      if (observed.what === 'write') result.writes += 1;
      if (observed.what !== 'event') return;
      const { detail } = observed.event;
      if ('status' in detail && detail.status === 'succeeded') result.succeeded += 1;
      endMs = atMs;
      final += 1;
      if (final === story.tasks) allAreFinal.resolve();
    },
  });
  const { clock, provider, workflow } = world;

  startMs = clock.now();
  await clock.attend(() => {
    for (const detect_task_id of ids) {
      provider.submit(detect_task_id, 0);
      workflow.execute(`1-${detect_task_id}`, { detect_task_id, deadline_seconds: 86_400 });
    }
    return allAreFinal.promise;
  });
  await world.close();
  const makespanS = (endMs - startMs) / 1_000;
  return { ...result, tasks: story.tasks, necessary, makespanS, idealS: idealSeconds(story, necessary) };
}

export const sharesOf = (result: StoryResult) => ({
  callsPerNecessary: result.calls / result.necessary,
  throttled: result.answered429 / result.calls,
  makespanPerIdeal: result.makespanS / result.idealS,
});

/** What the shared rate promises, whatever the provider goes through. */
export const bars: {
  says: string;
  holds: (shares: ReturnType<typeof sharesOf>, result: StoryResult) => boolean;
}[] = [
  { says: 'calls', holds: ({ callsPerNecessary }) => callsPerNecessary <= 1.05 },
  { says: '429', holds: ({ throttled }) => throttled <= 0.01 },
  { says: 'makespan', holds: ({ makespanPerIdeal }) => makespanPerIdeal <= 1.1 },
  { says: 'a task lost', holds: (_shares, { tasks, succeeded }) => succeeded === tasks },
];

/** The provider's own token bucket, by its own clock. */
function bucketOf({ perSecond, burst }: Story['allowed']): (atS: number) => boolean {
  let tokens = burst;
  let lastS = 0;
  return (atS) => {
    tokens = Math.min(tokens + (atS - lastS) * perSecond, burst);
    lastS = atS;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** The time that is needed by a caller that knows every outage beforehand, and asks at the allowed rate in between. */
function idealSeconds({ allowed, outages }: Story, necessary: number): number {
  let seconds = Math.max(necessary - allowed.burst, 0) / allowed.perSecond;
  for (const { fromS, untilS } of outages.toSorted((a, b) => a.fromS - b.fromS))
    if (seconds > fromS) seconds += untilS - fromS;
  return seconds;
}

const answered = (body: unknown, retryAfterS?: number): Exchange => ({
  kind: 'answered',
  httpStatus: 200,
  retryAfter: retryAfterS?.toString(),
  body: JSON.stringify(body),
});
const pendingAnswer = (detect_task_id: string) => ({
  code: 200,
  message: 'success',
  data: { detect_task_id, status: 'processing', error: null, result: null },
});
