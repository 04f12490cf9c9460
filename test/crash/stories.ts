/** Tasks that between them make every call that the functions and callers make. */
import type { Fault } from '../sim/faults.ts';
import type { Plan } from '../sim/plan.ts';
import type { Story } from '../sim/run.ts';

export interface CrashStory {
  name: string;
  story: Story;
  /** Where a caller asks in the middle of it, or the last answer before a deadline counts: a crash may decide who is first. */
  mayEndOtherwise: boolean;
}

const task = 'task';
const second = 1_000;
const minute = 60 * second;

interface Told {
  type?: Story['type'];
  rate?: number;
  archives?: boolean;
  expires?: boolean;
  plan?: Partial<Omit<Plan, 'provider'>>;
  provider?: Partial<Plan['provider']>;
  faults?: Omit<Fault, 'task'>[];
  mayEndOtherwise?: boolean;
}

function told(
  name: string,
  {
    type = 'STANDARD',
    rate = 0,
    archives = false,
    expires = false,
    plan,
    provider,
    faults = [],
    mayEndOtherwise = false,
  }: Told,
): CrashStory {
  const whole: Plan = {
    task,
    beginsAtMs: second,
    by: 'client',
    hasCallback: true,
    hardship: 1,
    later: [],
    ...plan,
    provider: { ends: 'succeeded', durationMs: 2 * second, faces: 2, linkBytes: 0, ...provider },
  };
  return {
    name,
    mayEndOtherwise,
    story: {
      seed: 1,
      type,
      rate,
      archives,
      expires,
      plans: [whole],
      storms: [],
      enabled: [],
      faults: faults.map((each) => ({ task, ...each })),
    },
  };
}

const times = (count: number, edge: Fault['edge'], fault: string): Omit<Fault, 'task'>[] =>
  Array.from({ length: count }, (_, crossing) => ({ edge, crossing, fault }));
/** Two pages. */
const many = { faces: 700, linkBytes: 500 };
/** Three pages. */
const more = { faces: 1_500, linkBytes: 500 };

export const crashStories: readonly CrashStory[] = [
  told('an answer in the first invocation', {}),
  told('an answer in pages', { provider: many }),
  told('a failed detection', { provider: { ends: 'failed' } }),
  told('a deadline without an answer', {
    plan: { deadlineSeconds: 5 },
    provider: { ends: 'never' },
    mayEndOtherwise: true,
  }),
  told('an execution that another program started', { plan: { by: 'anyone', hasCallback: false } }),
  told('a submission', { plan: { by: 'media' }, mayEndOtherwise: true }),
  told('a submission beside two others with its key, and again', {
    plan: {
      by: 'media',
      later: [
        { atMs: second, verb: 'detect' },
        { atMs: second + 20, verb: 'detect-other' },
        { atMs: 3 * minute, verb: 'detect' },
      ],
    },
    mayEndOtherwise: true,
  }),
  told('a submission whose task is forgotten, and again', {
    rate: 1,
    plan: {
      by: 'media',
      later: [
        { atMs: minute, verb: 'forget' },
        { atMs: 2 * minute, verb: 'detect' },
      ],
    },
    mayEndOtherwise: true,
  }),
  told('an archive', { archives: true, mayEndOtherwise: true }),
  told('an archive in two runs', {
    archives: true,
    plan: { hasCallback: false },
    provider: many,
    mayEndOtherwise: true,
  }),
  told('an archive that the sweep starts', {
    archives: true,
    plan: { hasCallback: false },
    faults: [{ edge: 'rule', crossing: 0, fault: 'target-lost' }],
    mayEndOtherwise: true,
  }),
  told('a task forgotten with its pictures', {
    archives: true,
    plan: { hasCallback: false, later: [{ atMs: minute, verb: 'forget' }] },
    mayEndOtherwise: true,
  }),
  // Behind the claim and before the first picture.
  told('a task forgotten while its pictures are copied', {
    archives: true,
    plan: { hasCallback: false, later: [{ atMs: 3_690, verb: 'forget' }] },
    mayEndOtherwise: true,
  }),
  told('a task forgotten while its pictures are copied, and started again', {
    archives: true,
    plan: {
      hasCallback: false,
      later: [
        { atMs: 3_690, verb: 'forget' },
        { atMs: 3_730, verb: 'start' },
      ],
    },
    mayEndOtherwise: true,
  }),
  told('a task forgotten with its pages and pictures', {
    archives: true,
    plan: { hasCallback: false, later: [{ atMs: 10 * minute, verb: 'forget' }] },
    provider: many,
  }),
  told('a record that expires with its pages and pictures', {
    archives: true,
    expires: true,
    provider: many,
  }),
  told('a task forgotten with its pages and pictures, whose mark expires', {
    archives: true,
    expires: true,
    plan: { hasCallback: false, later: [{ atMs: 10 * minute, verb: 'forget' }] },
    provider: many,
  }),
  told('an answer after several invocations', { faults: times(2, 'provider', 'hold') }),
  told('an answer after several executions', { type: 'EXPRESS', faults: times(4, 'provider', 'hold') }),
  told('an answer in pages on Express', { type: 'EXPRESS', provider: many }),
  told('a rate', { rate: 1, provider: { durationMs: 8 * second } }),
  told('an event that the sweep publishes', { faults: [{ edge: 'bus', crossing: 0, fault: 'down' }] }),
  told('a delivery that the sweep starts', { faults: [{ edge: 'rule', crossing: 0, fault: 'target-lost' }] }),
  told('a delivery that fails three times', { faults: times(3, 'receiver', 'failing') }),
  told('a receiver that is gone', {
    faults: [{ edge: 'receiver', crossing: 0, fault: 'gone' }],
    mayEndOtherwise: true,
  }),
  told('an execution that never began', { faults: times(8, 'executions', 'throttled') }),
  told('an execution lost on the way, continued by a retry', {
    plan: { later: [{ atMs: 4 * minute, verb: 'retry' }] },
    faults: [{ edge: 'invocation', crossing: 0, fault: 'broken' }],
    mayEndOtherwise: true,
  }),
  told('a task retried after its deadline, with pages and pictures', {
    archives: true,
    plan: { deadlineSeconds: 5, later: [{ atMs: 2 * minute, verb: 'retry' }] },
    provider: { ...many, durationMs: minute },
    mayEndOtherwise: true,
  }),
  told('a task retried after its deadline, and forgotten with its pages and pictures', {
    archives: true,
    plan: {
      hasCallback: false,
      deadlineSeconds: 5,
      later: [
        { atMs: 2 * minute, verb: 'retry' },
        { atMs: 10 * minute, verb: 'forget' },
      ],
    },
    provider: { ...many, durationMs: minute },
  }),
  told('a submission retried after its deadline', {
    plan: { by: 'media', deadlineSeconds: 5, later: [{ atMs: 2 * minute, verb: 'retry' }] },
    provider: { durationMs: minute },
    mayEndOtherwise: true,
  }),
  told('a task cancelled while its pages are written, and retried', {
    plan: {
      later: [
        { atMs: 3_594, verb: 'cancel' },
        { atMs: minute, verb: 'retry' },
      ],
    },
    provider: more,
    mayEndOtherwise: true,
  }),
  told('a cancelled task', {
    plan: { later: [{ atMs: 3 * second, verb: 'cancel' }] },
    provider: { durationMs: minute },
    mayEndOtherwise: true,
  }),
  told('a task forgotten while it runs', {
    plan: { later: [{ atMs: 3 * second, verb: 'forget' }] },
    provider: { durationMs: minute },
    mayEndOtherwise: true,
  }),
  told('a task forgotten with its pages', {
    plan: { later: [{ atMs: 10 * minute, verb: 'forget' }] },
    provider: many,
    mayEndOtherwise: true,
  }),
  // Between the second of its three pages and the look at the record before it.
  told('a task forgotten while its pages are written', {
    plan: { later: [{ atMs: 3_594, verb: 'forget' }] },
    provider: more,
    mayEndOtherwise: true,
  }),
  told('a task forgotten while its pages are written, and started again', {
    plan: {
      later: [
        { atMs: 3_594, verb: 'forget' },
        { atMs: 3_612, verb: 'start' },
      ],
    },
    provider: more,
    mayEndOtherwise: true,
  }),
  told('a task forgotten while its pages are written on Express', {
    type: 'EXPRESS',
    plan: { later: [{ atMs: 2_998, verb: 'forget' }] },
    provider: more,
    mayEndOtherwise: true,
  }),
  told('a webhook once more', { plan: { later: [{ atMs: 10 * minute, verb: 'redeliver' }] } }),
  told('two invocations at once, both with pages', {
    provider: many,
    faults: [{ edge: 'invocation', crossing: 0, fault: 'twice' }],
  }),
];
