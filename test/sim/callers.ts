/** The callers: through the client, again where it failed, and now and then cut short. */
import type { LambdaClient } from '@aws-sdk/client-lambda';

import { explainError } from '../../cli/exit-code.ts';
import { createClient } from '../../client/client.ts';
import { RejectedRequestError } from '../../functions/control/rejected-request.ts';
import { createService } from '../../functions/control/service.ts';
import type { Workflow } from '../../functions/control/workflow.ts';
import type { Detection } from '../../functions/detection/fields.ts';
import type { Records } from '../../functions/records/records.ts';
import { submitByFunction } from '../../functions/submit/invoke.ts';
import { SubmissionError } from '../../functions/submit/outcome.ts';
import type { Submitter } from '../../functions/submit/submitter.ts';
import { taskId } from '../support/records.ts';
import type { StepFunctions } from '../support/step-functions.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';
import { type Outside, recordsOf } from './functions.ts';
import type { History } from './history.ts';
import type { createLambda } from './lambda.ts';
import type { Plan, Verb } from './plan.ts';
import { callbackUrl, callersCanary } from './receiver.ts';

interface Deps {
  outside: Outside & { workflow: Workflow };
  faults: Faults;
  actors: Actors;
  history: History;
  lambda: Pick<ReturnType<typeof createLambda>, 'submit'>;
  engine: () => StepFunctions;
  startMs: number;
}

/** Beside outcomes without a record, of which one is called `failed` too. */
const polledAs = ({ status }: Detection): string => `polled ${status}`;

/** As a caller tells them apart: by the code and the exit status. */
function outcomeOf(error: unknown, exitStatus: number): string {
  if (error instanceof RejectedRequestError) return `refused: ${error.field}`;
  return error instanceof SubmissionError ? `${error.code} ${exitStatus}` : 'failed';
}
const isRepeated = (outcome: string): boolean =>
  ['failed', 'died', 'SUBMISSION_BUSY 5', 'SUBMISSION_UNSENT 5'].includes(outcome);

/** The function that submits, behind its client's invocations. */
function submitterOf({ outside: { clock }, actors, lambda }: Deps, records: Records): Submitter {
  const client = {
    async send({ input: { Payload = '' } }: { input: { Payload?: string } }) {
      const { task = '' } = actors.current() ?? {};
      await actors.arrive(task);
      await clock.sleep(15);
      try {
        const answer = await lambda.submit(task, JSON.parse(Payload));
        return { Payload: Buffer.from(JSON.stringify(answer)) };
      } catch {
        return { FunctionError: 'Unhandled' };
      } finally {
        await actors.leave(task);
      }
    },
  } as unknown as LambdaClient;
  return submitByFunction({ client, functionArn: 'submit', records });
}

/** Who never gets an answer stops asking. */
const maxTries = 8;

export function createCallers(deps: Deps) {
  const { outside, faults, actors, history, engine, startMs } = deps;
  const { clock } = outside;
  const { workflow } = outside;
  const records = recordsOf(outside, clock.now, { deletesPictures: true });
  const service = createService({ records, workflow, now: clock.now });
  const client = createClient({
    records,
    service,
    submitter: submitterOf(deps, records),
    workflow,
    now: clock.now,
  });
  let asks = 0;
  let rivals = 0;

  const inputOf = ({ task, deadlineSeconds, submittedMsAgo, hasCallback, beginsAtMs }: Plan) => ({
    detect_task_id: task,
    media_url: `https://media.example/${callersCanary}/${task}.jpg`,
    ...(hasCallback && { callback_url: callbackUrl(task) }),
    ...(deadlineSeconds !== undefined && { deadline_seconds: deadlineSeconds }),
    ...(submittedMsAgo !== undefined && {
      submitted_at: new Date(startMs + beginsAtMs - submittedMsAgo).toISOString(),
    }),
    metadata: { order: 7, of: callersCanary },
  });

  function mediaOf(plan: Plan) {
    const { detect_task_id: task, submitted_at: _, ...media } = inputOf(plan);
    return { ...media, idempotency_key: `key-${task}` };
  }

  async function once(plan: Plan, verb: Verb): Promise<string> {
    const { task } = plan;
    switch (verb) {
      case 'start':
        return (await client.start(inputOf(plan))).status;
      case 'start-other':
        return (await client.start({ detect_task_id: task, media_url: 'https://media.example/other.jpg' }))
          .status;
      case 'detect':
        return polledAs(await client.detect(mediaOf(plan)));
      case 'detect-other':
        return polledAs(
          await client.detect({ ...mediaOf(plan), media_url: `${inputOf(plan).media_url}?other` }),
        );
      case 'retry':
        return (await client.retry(task))?.status ?? 'absent';
      case 'cancel':
        return (await client.cancel(task))?.status ?? 'absent';
      case 'redeliver':
        return (await client.redeliver(task))?.status ?? 'absent';
      case 'forget':
        return String(await client.forget(task));
      case 'rival': {
        const isBare = faults.chance(task, 'bare') < 0.5;
        const input = isBare ? { detect_task_id: task } : inputOf(plan);
        actors.outside(() => engine().execute(`rival-${(rivals += 1)}-${task}`, input));
        return 'started';
      }
      case 'start-again':
        return outside.workflow.start(`1-${task}`, taskId(task));
      case 'stop': {
        const [running] = [...engine().open()].filter(({ name }) => name.endsWith(`-${task}`));
        if (running === undefined) return 'nobody';
        await engine().stop(running.arn);
        return 'stopped';
      }
    }
  }

  async function ask(plan: Plan, verb: Verb): Promise<void> {
    const { task } = plan;
    for (let tries = 0; tries < maxTries; tries++) {
      const asked = (asks += 1);
      history.add({ what: 'asked', task, verb, ask: asked });
      const actor = {
        task,
        faulty: new Set<string>(),
        isDead: false,
        onDeath: () => {},
        sandbox: { aheadMs: 0 },
      };
      let outcome: string;
      try {
        outcome = await actors.run(actor, () => once(plan, verb));
      } catch (error) {
        const { message, code } = explainError(error);
        outcome = outcomeOf(error, code);
        const isProviders = error instanceof SubmissionError && error.details.providerCode !== undefined;
        outside.shown(isProviders ? 'rejection' : 'sentence', message);
      }
      history.add({ what: 'answered', task, verb, ask: asked, outcome });
      if (!isRepeated(outcome)) return;
      await clock.sleep(500 + 60_000 * faults.chance(task, 'pause'));
    }
  }

  return {
    /** Everything that callers do about one task. */
    async act(plan: Plan): Promise<void> {
      const { task, by, beginsAtMs } = plan;
      await clock.sleep(beginsAtMs);
      const begin = async (): Promise<void> => {
        if (by !== 'anyone') return ask(plan, by === 'media' ? 'detect' : 'start');
        actors.outside(() => engine().execute(`anyone-${task}`, inputOf(plan)));
      };
      const later = plan.later.map(async ({ atMs, verb }) => {
        await clock.sleep(atMs - beginsAtMs);
        await ask(plan, verb);
      });
      await Promise.all([begin(), ...later]);
    },
  };
}
