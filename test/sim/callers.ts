/** Whoever asks for something: through the client, again where it failed, and now and then cut short. */
import { explainError } from '../../cli/exit-code.ts';
import { createClient } from '../../client/client.ts';
import { RejectedRequestError } from '../../functions/control/rejected-request.ts';
import { createService } from '../../functions/control/service.ts';
import type { Workflow } from '../../functions/control/workflow.ts';
import { createRecords } from '../../functions/records/records.ts';
import { tableName } from '../../local/table.ts';
import { taskId } from '../support/records.ts';
import type { StepFunctions } from '../support/step-functions.ts';
import { noSubmitter } from '../support/submitting.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';
import { defaults, type Outside } from './functions.ts';
import type { History } from './history.ts';
import type { Plan, Verb } from './plan.ts';
import { callbackUrl, callersCanary } from './receiver.ts';

interface Deps {
  outside: Outside & { workflow: Workflow };
  faults: Faults;
  actors: Actors;
  history: History;
  engine: () => StepFunctions;
  startMs: number;
}

/** Who never gets an answer stops asking. */
const maxTries = 8;

export function createCallers({ outside, faults, actors, history, engine, startMs }: Deps) {
  const { clock } = outside;
  const { workflow } = outside;
  const records = createRecords({ client: outside.dynamodb, tableName, defaults, now: clock.now });
  const service = createService({ records, workflow, now: clock.now });
  const client = createClient({ records, service, submitter: noSubmitter, workflow, now: clock.now });
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

  async function once(plan: Plan, verb: Verb): Promise<string> {
    const { task } = plan;
    switch (verb) {
      case 'start':
        return (await client.start(inputOf(plan))).status;
      case 'start-other':
        return (await client.start({ detect_task_id: task, media_url: 'https://media.example/other.jpg' }))
          .status;
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
        outcome = error instanceof RejectedRequestError ? `refused: ${error.field}` : 'failed';
        outside.shown('sentence', explainError(error).message);
      }
      history.add({ what: 'answered', task, verb, ask: asked, outcome });
      if (outcome !== 'failed' && outcome !== 'died') return;
      await clock.sleep(500 + 60_000 * faults.chance(task, 'pause'));
    }
  }

  return {
    /** Everything that callers do about one task. */
    async act(plan: Plan): Promise<void> {
      const { task, by, beginsAtMs } = plan;
      await clock.sleep(beginsAtMs);
      const begin = async (): Promise<void> => {
        if (by === 'client') return ask(plan, 'start');
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
