/** One world from its first task until all activity has ended. */
import { stepFunctions } from '../../functions/control/step-functions.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { functionSeconds } from '../../functions/poll/policy.ts';
import { createTable } from '../../local/table.ts';
import { openInProcess } from '../../local/testing/in-process.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { createActors } from './actors.ts';
import { apiKey, webhookSecret } from './answers.ts';
import { createCallers } from './callers.ts';
import { disturb } from './database.ts';
import { createEngine, taskOf } from './engine.ts';
import { createFaults, type Fault, type Faults, type Kind } from './faults.ts';
import { defaults, type Outside } from './functions.ts';
import { createHistory, type Entry, type Shown } from './history.ts';
import { createLambda, underWay } from './lambda.ts';
import { type Parts, realParts } from './parts.ts';
import { createLinks, createStore } from './pictures.ts';
import type { Plan, Storm } from './plan.ts';
import { createProvider } from './provider.ts';
import { createReceiver } from './receiver.ts';
import { createBus, createEngineClient, createSecret } from './services.ts';
import { createStrangers } from './strangers.ts';

/** Everything that decides a run; as JSON it can be run again. */
export interface Story {
  seed: number;
  type: WorkflowType;
  /** Calls a second; 0 is no limit. */
  rate: number;
  /** Whether pictures of faces are kept. */
  archives?: boolean;
  /** Whether it goes on until everything that is stored has expired. */
  expires?: boolean;
  plans: Plan[];
  storms: Storm[];
  enabled: Kind[];
  /** Only these, instead of what the seed draws. */
  faults?: Fault[];
}

export interface RunOptions {
  parts?: Parts | undefined;
  print?: ((line: string) => void) | undefined;
  /** True when no more needs to be seen: then the sweeps end. */
  isOver?: (() => boolean) | undefined;
  endMs?: number | undefined;
}

export interface Ran {
  hash: string;
  entries: number;
  fired: readonly Fault[];
  crossings: ReturnType<Faults['crossings']>;
  virtualMs: number;
}

const minute = 60_000;
/** A caller that is not done by then never will be. */
const endMs = 8 * 86_400_000;
const expiredMs = (defaults.retentionSeconds + 86_400) * 1_000;

export async function run(
  story: Story,
  see: (entry: Entry, atMs: number) => void,
  options: RunOptions = {},
): Promise<Ran> {
  const { seed, type, plans, archives = false, expires = false } = story;
  const lastMs = options.endMs ?? (expires ? expiredMs : endMs);
  const { parts = realParts } = options;
  const enabled = new Set(story.enabled);
  const clock = createVirtualClock();
  const startMs = clock.now();
  const due = new Map<string, string>();
  /** When their pictures are to be deleted. */
  const expiring = new Map<string, string>();
  const expiresAtMs = new Map<string, number>();
  const history = createHistory({ now: clock.now, see, print: options.print });
  const hardships = new Map(plans.map(({ task, hardship }) => [task, hardship]));
  const hardship = (task: string): number => hardships.get(task) ?? 1;
  const faults = createFaults({ seed, enabled, hardship, listed: story.faults }, (fault) =>
    history.add({ what: 'fault', fault }),
  );
  const actors = createActors({ clock, faults });
  const around = { clock, faults, actors };
  const shown: Shown = (where, value) => history.add({ what: 'shown', where, text: JSON.stringify(value) });

  const database = openInProcess();
  parts.dynamodb(database.client);
  await createTable(database.client);
  disturb(database.client, {
    ...around,
    isFar: enabled.has('database'),
    onItem(itemKey, item) {
      const dueAt = item?.['due_at'];
      due.delete(itemKey);
      expiring.delete(itemKey);
      if (typeof dueAt === 'string') (Number(item?.['due_shard']) < 0 ? expiring : due).set(itemKey, dueAt);
      if (item === undefined) expiresAtMs.delete(itemKey);
      else expiresAtMs.set(itemKey, Number(item['expires_at']) * 1_000);
      history.add({ what: 'item', key: itemKey, item });
    },
  });

  const meetStranger = createStrangers({ ...around, dynamodb: database.client, rate: story.rate });

  let calls = 0;
  let posts = 0;
  const provider = createProvider({
    ...around,
    startMs,
    storms: story.storms,
    onCall(task) {
      history.add({ what: 'called', task, call: (calls += 1), ...underWay(actors.current()) });
      return calls;
    },
    onSaid: (task, call, said, isHeard) => history.add({ what: 'said', task, call, said, isHeard }),
    onFirstPost: (task, meets) => history.add({ what: 'first-post', task, meets }),
    onPost(task) {
      history.add({ what: 'posted', task, post: (posts += 1) });
      return posts;
    },
    onPosted: (task, post, posted) => history.add({ what: 'post-ended', task, post, posted }),
  });
  for (const plan of plans) provider.submit(plan);

  const engine = createEngine({
    ...around,
    seed,
    type,
    dynamodb: database.client,
    history,
    shown,
    async invoke(task, execution, payload) {
      await meetStranger(task);
      return lambda.poll(task, execution, payload);
    },
  });
  const workflow = stepFunctions({
    client: createEngineClient({
      ...around,
      type,
      engine: () => engine,
      taskOf,
      onInput: (input) => shown('input', input),
    }),
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:poller',
    type,
  });
  const put = createBus({
    ...around,
    onEvent({ detailType, detail, resources }) {
      history.add({ what: 'event', detailType, detail });
      shown('event', { detailType, detail, resources });
    },
    deliver: (task, publishedId) => void lambda.deliver(task, publishedId),
    archive: archives ? (task, publishedId) => void lambda.archive(task, publishedId) : undefined,
  });
  const outside: Outside = {
    clock,
    dynamodb: database.client,
    workflow,
    put,
    crun: provider,
    send: createReceiver({
      ...around,
      onAddress: (address) => shown('address', address),
      onPush: (push) => history.add({ what: 'push', ...push }),
    }),
    fetchLink: parts.links(createLinks(around)),
    store: parts.store(createStore(around, (key, stored) => history.add({ what: 'object', key, stored }))),
    archives,
    apiKey: createSecret(around, apiKey),
    webhookSecret: createSecret(around, webhookSecret),
    type,
    rate: story.rate,
    random: (task) => faults.chance(task, 'random'),
    shown,
    unreachable: () => history.add({ what: 'unreachable', task: '' }),
    parts: options.parts,
  };
  const lambda = createLambda({ ...around, history, outside, enabled });
  const callers = createCallers({ outside, faults, actors, history, lambda, engine: () => engine, startMs });

  let acting = plans.length;
  const isQuiet = (): boolean => acting === 0 && due.size === 0 && [...engine.open()].length === 0;
  // What only waits to expire keeps no other run going.
  const isOver = (): boolean => isQuiet() && !(expires && expiring.size > 0);
  const sleepUntil = (atMs: number): Promise<void> => clock.sleep(Math.max(0, atMs - clock.now()));

  /** Every minute; one that would find nothing is left out. */
  async function sweepOn(): Promise<void> {
    while (!isOver() && options.isOver?.() !== true && clock.now() - startMs < lastMs) {
      if (isQuiet()) await sleepUntil(Math.min(...Array.from(expiring.values(), Date.parse)));
      await clock.sleep(minute - (clock.now() % minute));
      // Sandboxes' clocks may be ahead.
      const soon = new Date(clock.now() + 10_000).toISOString();
      if ([...due.values(), ...expiring.values()].some((dueAt) => dueAt <= soon))
        void actors.outside(() => lambda.sweep());
    }
  }

  /** As time to live does, in the order of their times. */
  async function expireAll(): Promise<void> {
    for (const [key, atMs] of [...expiresAtMs].toSorted(([, a], [, b]) => a - b)) {
      await sleepUntil(atMs);
      history.add({ what: 'item', key, item: undefined });
    }
  }

  await clock.attend(async () => {
    const all = plans.map(async (plan) => {
      history.add({ what: 'plan', plan });
      await callers.act(plan);
      acting -= 1;
    });
    await Promise.all([...all, sweepOn()]);
    // Whatever was begun twice or late comes to its end.
    await clock.sleep(3 * functionSeconds * 1_000);
    if (expires) await expireAll();
  });
  await database.close();
  return {
    hash: history.hash(),
    entries: history.entries(),
    fired: faults.fired,
    crossings: faults.crossings(),
    virtualMs: clock.now() - startMs,
  };
}
