/** The verbs that have tasks polled. On one machine their process does the polling, and stays until the tasks are final. */
import { ExecutionInput, firstFault, type StartInput } from '../../functions/detection/input.ts';
import { isFinal } from '../../functions/detection/types.ts';
import { gravest, withoutResults } from '../exit-code.ts';
import { type GivenTask, parseDeadline, parseMetadata, readIds, readTasks, refuse } from '../input.ts';
import type { Output } from '../output.ts';
import { runRecords, type Step } from '../run-records.ts';
import { addSelection, chooseTasks, type Selection } from '../selection.ts';
import type { Backend, Session } from '../session.ts';

interface StartOptions {
  mediaUrl?: string;
  callbackUrl?: string;
  submittedAt?: string;
  deadline?: number;
  metadata?: Record<string, unknown>;
  wait?: boolean;
}

export function addPollingVerbs(session: Session): void {
  const { program, stdin, stderr, signal, format, using } = session;
  const run = (ids: readonly string[], step: Step, backend: Backend, output: Output): Promise<number[]> =>
    runRecords(ids, step, { session, backend, output, shows: 'progress and lines' });

  program
    .command('start <detect_task_id...>')
    .description('start polling tasks, or find them started')
    .option('--media-url <url>', 'the media that was submitted; a later face swap needs the same')
    .option('--callback-url <url>', 'receives the final record by a signed webhook')
    .option('--submitted-at <instant>', 'when the task was submitted, ISO 8601')
    .option('--deadline <duration>', 'give up after 5s to 24h', parseDeadline)
    .option('--metadata <json>', 'a JSON object of yours to keep with the record', parseMetadata)
    .option('--wait', 'wait for the final records; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[], options: StartOptions) => {
      const inputs = checkedInputs(await readTasks(given, stdin), options);
      await using({ polls: true }, async (backend, output) => {
        const { client, pollsHere } = backend;
        const waits = options.wait === true || pollsHere;
        let saysWhyItStays = pollsHere && options.wait !== true && format() === 'text';
        const step: Step = async (id, onRead) => {
          const started = await client.start(inputs.get(id) ?? { detect_task_id: id });
          if (isFinal(started.status) || !waits) return started;
          if (saysWhyItStays) stderr.write('This command polls, so it stays until the tasks are final.\n');
          saysWhyItStays = false;
          onRead?.(started);
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        };
        const codes = await run([...inputs.keys()], step, backend, output);
        return waits ? gravest(codes) : withoutResults(codes);
      });
    });

  program
    .command('watch <detect_task_id...>')
    .description('wait for the final records of known tasks; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[]) => {
      const ids = await readIds(given, stdin);
      await using({ polls: true }, async (backend, output) => {
        const { client, pollsHere } = backend;
        const step: Step = async (id, onRead) => {
          const known = await client.get(id);
          if (known === undefined || isFinal(known.status)) return known;
          onRead?.(known);
          // On one machine a dead process may have left the task behind.
          if (pollsHere) await client.start({ detect_task_id: id });
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        };
        return gravest(await run(ids, step, backend, output));
      });
    });

  addSelection(program.command('retry [detect_task_id...]'))
    .description('take abandoned tasks up again')
    .action(async (given: string[], selection: Selection) => {
      const choose = await chooseTasks(given, selection, session);
      await using({ polls: true }, async (backend, output) => {
        const { client, pollsHere } = backend;
        const ids = await choose(client);
        const step: Step = async (id, onRead) => {
          const reopened = await client.retry(id);
          if (reopened === undefined || isFinal(reopened.status) || !pollsHere) return reopened;
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        };
        const codes = await run(ids, step, backend, output);
        return pollsHere ? gravest(codes) : withoutResults(codes);
      });
    });
}

/** The input of each task, checked before anything is opened or written. */
function checkedInputs(tasks: readonly GivenTask[], options: StartOptions): Map<string, StartInput> {
  const { mediaUrl, callbackUrl, submittedAt, deadline, metadata } = options;
  const isOne = new Set(tasks.map(({ id }) => id)).size === 1;
  if (mediaUrl !== undefined && !isOne) {
    refuse(
      '--media-url: names the media of one task; of several, give each line of standard input its own: id, tab, URL',
    );
  }
  const inputs = new Map<string, StartInput>();
  for (const { id, mediaUrl: own, where } of tasks) {
    const url = own ?? mediaUrl;
    const input = {
      detect_task_id: id,
      ...(url !== undefined && { media_url: url }),
      ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
      ...(submittedAt !== undefined && { submitted_at: submittedAt }),
      ...(deadline !== undefined && { deadline_seconds: deadline }),
      ...(metadata !== undefined && { metadata }),
    };
    const parsed = ExecutionInput.safeParse(input);
    if (!parsed.success)
      return refuse(`${firstFault(parsed.error, 'input')}${own === undefined ? '' : where}`);
    const known = inputs.get(id);
    const isSame = known === undefined || known.media_url === input.media_url;
    if ((own !== undefined && mediaUrl !== undefined && own !== mediaUrl) || !isSame)
      refuse(`media_url: ${id} has two${where}`);
    inputs.set(id, parsed.data);
  }
  return inputs;
}
