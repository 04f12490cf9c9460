/** What is known of each task at any moment, from the history alone. */
import { type Kind, kindOf } from './faults.ts';
import type { Entry, Item, Said } from './history.ts';
import type { Stored } from './pictures.ts';
import type { Plan, Verb } from './plan.ts';

export interface Head {
  status?: 'starting' | 'processing' | 'succeeded' | 'failed' | 'abandoned';
  attempt: number;
  deadline_at: string;
  deadline_seconds: number;
  created_at: string;
  final_at?: string;
  due_at?: string;
  expires_at?: number;
  archive_due_at?: string;
  due_shard?: number;
  forgotten_at?: string;
  detect_id?: string;
  face_count?: number;
  faces?: { id: number; link: string }[];
  faces_ref?: string;
  face_pages?: number;
  error?: { code: string };
  callback_url?: string;
  archive?: {
    state: 'pending' | 'complete' | 'partial' | 'failed';
    faces: number;
    faults?: { id: number; reason: string }[];
  };
  delivery?: { id: string; state: string; attempts: number };
  polls: number;
  invocations: number;
  transitions: number;
  lambda_ms: number;
  executions?: number;
  workflow_ms?: number;
}

interface Ask {
  verb: Verb;
  sinceMs: number;
  /** Undefined while unknown. */
  untilMs?: number;
  outcome?: string;
}

export interface Call {
  atMs: number;
  invocation: number;
  said?: Said;
  saidAtMs?: number;
  isHeard?: boolean;
  /** What its invocation heard went with it: it died or failed, and handed nothing on. */
  isLost?: boolean;
}

export interface Facts {
  plan: Plan;
  head: Head | undefined;
  /** Whether there ever was a record. */
  hasBegun: boolean;
  asks: Map<number, Ask>;
  calls: Map<number, Call>;
  invocations: number;
  lambdaMs: number;
  states: number;
  executions: number;
  workflowMs: number;
  /** Invocations that were under way when their execution ended, and for how long they went on. */
  outlasting: number;
  outlastedMs: number;
  /** How often each kind of fault met this task. */
  faults: Partial<Record<Kind, number>>;
  /** Nothing but the provider, the event bus and the receiver was ever against it. */
  isFaultless: boolean;
  /** Beside an execution of its own there was another of the same name: not every invocation was the owner's. */
  hasTwin: boolean;
}

type OpenHead = Head & { status: 'starting' | 'processing' };
type FinalHead = Head & { status: 'succeeded' | 'failed' | 'abandoned' };

export const isOpen = (head: Head | undefined): head is OpenHead =>
  head?.status === 'starting' || head?.status === 'processing';
export const isFinal = (head: Head | undefined): head is FinalHead =>
  head?.status !== undefined && !isOpen(head);

const outsiders: readonly Kind[] = ['provider', 'bus', 'receiver', 'submissions', 'links'];
/** Repeated requests and rivals change nothing that is counted; requests that end or forget a task do. */
const harmless: readonly Verb[] = [
  'start',
  'start-other',
  'start-again',
  'rival',
  'redeliver',
  'detect',
  'detect-other',
];
export const isCalm = ({ plan, isFaultless }: Facts): boolean =>
  isFaultless && plan.later.every(({ verb }) => harmless.includes(verb));
/** Only its own execution ever worked at it. */
export const isAlone = ({ plan, isFaultless, hasTwin }: Facts): boolean =>
  isFaultless && !hasTwin && plan.later.length === 0;

/** An invocation that was asked for is on its way for so long. */
const onItsWayMs = 2_000;

export type AllFacts = ReturnType<typeof createFacts>;

export function createFacts() {
  const tasks = new Map<string, Facts>();
  const pages = new Map<string, Item>();
  /** Of the store, by key. */
  const objects = new Map<string, Stored>();
  /** By name; of one name there may be several, the first of which counts. */
  const executionEndedAtMs = new Map<string, number>();
  /** By invocation. */
  const invocationed = new Map<number, { execution: string; begunAtMs: number }>();

  const of = (task: string): Facts => {
    const known = tasks.get(task);
    if (known === undefined) throw new Error(`${task}: is in no plan`);
    return known;
  };

  return {
    of,
    tasks,
    pages,
    objects,
    /** Joined; nothing where a page is gone. */
    facesOf(task: string, { faces, faces_ref, face_pages = 0 }: Head): Head['faces'] {
      if (faces_ref === undefined) return faces;
      const found = Array.from({ length: face_pages }, (_, page) =>
        pages.get(`${task}#${faces_ref}#${page}`),
      );
      return found.every((page) => page !== undefined)
        ? found.flatMap((page) => page['faces'] as NonNullable<Head['faces']>)
        : undefined;
    },
    /** After every check has seen it. */
    see(entry: Entry, atMs: number): void {
      switch (entry.what) {
        case 'plan':
          tasks.set(entry.plan.task, {
            plan: entry.plan,
            head: undefined,
            hasBegun: false,
            asks: new Map(),
            calls: new Map(),
            invocations: 0,
            lambdaMs: 0,
            states: 0,
            executions: 0,
            workflowMs: 0,
            outlasting: 0,
            outlastedMs: 0,
            faults: {},
            isFaultless: true,
            hasTwin: false,
          });
          return;
        case 'asked':
          of(entry.task).asks.set(entry.ask, { verb: entry.verb, sinceMs: atMs });
          return;
        case 'answered': {
          const ask = of(entry.task).asks.get(entry.ask);
          // Who died was not heard of, and what they began may still go on.
          if (ask !== undefined && entry.outcome !== 'died')
            Object.assign(ask, { untilMs: atMs, outcome: entry.outcome });
          return;
        }
        case 'called':
          of(entry.task).calls.set(entry.call, { atMs, invocation: entry.invocation });
          return;
        case 'said': {
          const { said, isHeard } = entry;
          Object.assign(of(entry.task).calls.get(entry.call) ?? {}, { said, saidAtMs: atMs, isHeard });
          return;
        }
        case 'item': {
          const [task = '', ref] = entry.key.split('#');
          if (ref === undefined) {
            const facts = of(task);
            facts.head = entry.item as unknown as Head | undefined;
            facts.hasBegun = true;
          } else if (entry.item === undefined) pages.delete(entry.key);
          else pages.set(entry.key, entry.item);
          return;
        }
        case 'object':
          if (entry.stored === undefined) objects.delete(entry.key);
          else objects.set(entry.key, entry.stored);
          return;
        case 'begun':
          if (entry.fn !== 'poll') return;
          of(entry.task).invocations += 1;
          invocationed.set(entry.invocation, { execution: entry.execution, begunAtMs: atMs });
          return;
        case 'ended': {
          if (entry.fn !== 'poll') return;
          const facts = of(entry.task);
          facts.lambdaMs += entry.ms;
          if (entry.how !== 'well')
            for (const call of facts.calls.values())
              if (call.invocation === entry.invocation) call.isLost = true;
          const invoke = invocationed.get(entry.invocation);
          invocationed.delete(entry.invocation);
          const aloneSinceMs = invoke && executionEndedAtMs.get(invoke.execution);
          if (invoke === undefined || aloneSinceMs === undefined) return;
          // One that begins later is a repetition, and adds nothing that the execution did not run.
          if (invoke.begunAtMs > aloneSinceMs + onItsWayMs) return;
          facts.outlasting += 1;
          facts.outlastedMs += atMs - aloneSinceMs;
          return;
        }
        case 'state':
          of(entry.task).states += 1;
          return;
        case 'execution': {
          const facts = of(entry.task);
          facts.executions += 1;
          facts.workflowMs += entry.ms;
          if (!executionEndedAtMs.has(entry.execution)) executionEndedAtMs.set(entry.execution, atMs);
          return;
        }
        case 'fault': {
          const { task, edge, fault } = entry.fault;
          if (task === '') return;
          const facts = of(task);
          const kind = kindOf(edge);
          facts.faults[kind] = (facts.faults[kind] ?? 0) + 1;
          if (edge === 'segment' && fault === 'twice') facts.hasTwin = true;
          else if (!outsiders.includes(kind)) facts.isFaultless = false;
          return;
        }
        case 'first-post':
        case 'posted':
        case 'post-ended':
        case 'swept':
        case 'event':
        case 'push':
        case 'unreachable':
        case 'shown':
      }
    },
  };
}
