/** Lambda: a sandbox for each invocation at a time, time-outs, and everything that goes wrong around one. */
import { inspect } from 'node:util';

import { functionSeconds } from '../../functions/poll/policy.ts';
import type { SubmitAnswer } from '../../functions/submit/request.ts';
import { describeError, withoutWords } from '../../functions/telemetry/safe-error.ts';
import { taskId } from '../support/records.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actor, Actors, Sandbox } from './actors.ts';
import type { Faults, Kind } from './faults.ts';
import { createSandbox, type Outside } from './functions.ts';
import type { FunctionName, History } from './history.ts';
import { realParts } from './parts.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  history: History;
  outside: Outside;
  enabled: ReadonlySet<Kind>;
}

type Running = ReturnType<typeof createSandbox> & { sandbox: Sandbox };

const timeoutsMs: Record<FunctionName, number> = {
  poll: functionSeconds * 1_000,
  deliver: 60_000,
  sweep: 60_000,
  submit: 30_000,
  archive: 300_000,
};

/** With its message, stack, fields and causes. */
const printed = (error: Error): string => inspect(error, { depth: Infinity });

const failure = (name: string): Error => Object.assign(new Error(name), { name });

export function createLambda({ clock, faults, actors, history, outside, enabled }: Deps) {
  const idle: Record<FunctionName, Running[]> = {
    poll: [],
    deliver: [],
    sweep: [],
    submit: [],
    archive: [],
  };
  let invocations = 0;
  let polling = 0;
  let fullUntilMs = -Infinity;

  /** While the account is full, one invocation polls at a time, whichever task it is for. */
  function throttleWhereFull(task: string): void {
    const fault = faults.at('account', task);
    if (fault !== undefined) fullUntilMs = clock.now() + 180_000 * faults.chance(task, 'full');
    if (polling === 0 || clock.now() >= fullUntilMs) return;
    history.add({ what: 'fault', fault: { task, edge: 'account', crossing: -1, fault: 'throttled' } });
    throw failure('Lambda.TooManyRequestsException');
  }

  function sandboxFor(fn: FunctionName): Running {
    const warm = idle[fn].pop();
    if (warm !== undefined) return warm;
    const aheadMs = enabled.has('clock') ? Math.round((faults.chance('', 'skew') - 0.5) * 1_000) : 0;
    const sandbox = { aheadMs };
    return { ...createSandbox(outside, sandbox), sandbox };
  }

  /** One run of a function, to its end whatever that is. */
  async function run<T>(
    fn: FunctionName,
    task: string,
    execution: string,
    work: (running: Running, endsAtMs: number, invocation: number) => Promise<T>,
  ): Promise<{ answer: T; actor: Actor }> {
    const invocation = (invocations += 1);
    const running = sandboxFor(fn);
    const actor: Actor = {
      task,
      faulty: new Set(),
      isDead: false,
      onDeath: () => {},
      sandbox: running.sandbox,
    };
    invocationOf.set(actor, { execution, invocation });
    const beganMs = clock.now();
    history.add({ what: 'begun', fn, task, execution, invocation });
    const ended = (how: string): void =>
      history.add({ what: 'ended', fn, task, invocation, ms: clock.now() - beganMs, how });
    let isLate = false;
    const timer = clock.setTimeout(() => {
      isLate = true;
      actor.isDead = true;
      actor.onDeath();
    }, timeoutsMs[fn]);
    try {
      const answer = await actors.run(actor, () => work(running, running.now() + timeoutsMs[fn], invocation));
      if (answer === 'died') throw failure(isLate ? 'Sandbox.Timedout' : 'Runtime.ExitError');
      idle[fn].push(running);
      ended('well');
      return { answer, actor };
    } catch (error) {
      if (actor.isDead) {
        // Whatever was under way is over; its caller notices a moment later.
        ended('died');
        await clock.sleep(500);
        throw error;
      }
      idle[fn].push(running);
      outside.shown('log', describeError(error));
      const thrown = (outside.parts ?? realParts).thrown(withoutWords)(error, task);
      outside.shown('error', printed(thrown));
      ended('failed');
      throw thrown;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  const invoke = async (task: string, execution: string, payload: unknown): Promise<unknown> => {
    polling += 1;
    try {
      const { answer } = await run('poll', task, execution, ({ poll }, endsAtMs) => poll(payload, endsAtMs));
      return answer;
    } finally {
      polling -= 1;
    }
  };

  return {
    /** As the workflow's Poll state does, which waits for the answer. */
    async poll(task: string, execution: string, payload: unknown): Promise<unknown> {
      const again = (afterMs: number): void =>
        void actors.outside(() =>
          clock.sleep(afterMs).then(() => invoke(task, execution, payload).catch(() => {})),
        );
      const fault = faults.at('invocation', task);
      await clock.sleep(25);
      throttleWhereFull(task);
      switch (fault) {
        case 'throttled':
          throw failure('Lambda.TooManyRequestsException');
        case 'not-begun':
          throw failure('Lambda.ServiceException');
        case 'broken':
          throw failure('InvalidEnvironmentError');
        case 'twice':
          again(0);
          break;
        case 'twice-later':
          again(100_000 * faults.chance(task, 'again') ** 2);
          break;
        case 'late':
          await clock.sleep(20_000 * faults.chance(task, 'late'));
          break;
        case 'lost-answer':
        case undefined:
      }
      const answer = await invoke(task, execution, payload);
      if (fault === 'lost-answer') throw failure('Lambda.SdkClientException');
      return answer;
    },

    /** As the SDK of a caller invokes it: again where the answer is lost. */
    async submit(task: string, event: unknown): Promise<SubmitAnswer> {
      const fault = faults.at('submitting', task);
      const once = async (): Promise<SubmitAnswer> => {
        const { answer } = await run('submit', task, '', ({ submit }) => submit(event));
        return answer.answer as SubmitAnswer;
      };
      await clock.sleep(25);
      if (fault === 'throttled') throw failure('TooManyRequestsException');
      if (fault === 'twice') void actors.outside(() => once().catch(() => {}));
      if (fault === 'lost-answer') await once();
      return once();
    },

    /** Asynchronous, and never retried. */
    async deliver(task: string, publishedId: string | undefined): Promise<void> {
      try {
        await run('deliver', task, '', ({ deliver }) => deliver(taskId(task), publishedId));
      } catch {
        // The record is due, and the sweep's to start again.
      }
    },

    /** The same. */
    async archive(task: string, publishedId: string | undefined): Promise<void> {
      try {
        await run('archive', task, '', ({ archive }, endsAtMs) =>
          archive(taskId(task), endsAtMs, publishedId),
        );
      } catch {
        // As a delivery.
      }
    },

    async sweep(): Promise<void> {
      const beganMs = clock.now();
      const faulty = new Set<string>();
      const swept = (how: string): void => history.add({ what: 'swept', beganMs, faulty: [...faulty], how });
      try {
        await run('sweep', '', '', ({ sweep }, endsAtMs) => {
          faultsOf(actors.current(), faulty);
          return sweep(endsAtMs);
        });
        swept('well');
      } catch {
        swept('failed');
      }
    },
  };
}

/** The invocation at work, for what is seen from outside. */
const invocationOf = new WeakMap<Actor, { execution: string; invocation: number }>();
export const underWay = (actor: Actor | undefined) =>
  (actor && invocationOf.get(actor)) ?? { execution: '', invocation: 0 };

function faultsOf(actor: Actor | undefined, faulty: Set<string>): void {
  if (actor !== undefined) actor.faulty = faulty;
}
