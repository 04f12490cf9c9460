import { RejectedRequestError } from '../../functions/control/rejected-request.ts';
/** The verbs whose tasks are polled: on one machine the process that runs one stays until its tasks are final. */
import { ExecutionInput, firstFault } from '../../functions/detection/input.ts';
import { isFinal } from '../../functions/detection/types.ts';
import { exitCode, gravest } from '../exit-code.ts';
import { parseDeadline, parseMetadata, readIds } from '../input.ts';
import type { Output } from '../output.ts';
import { runEach, type Step } from '../run-each.ts';
import type { Session } from '../session.ts';

interface StartOptions {
  mediaUrl?: string;
  callbackUrl?: string;
  submittedAt?: string;
  deadline?: number;
  metadata?: Record<string, unknown>;
  wait?: boolean;
}

export function addPollingVerbs({ program, stdin, stderr, signal, format, using }: Session): void {
  /** Brings every task as far as `step` does, and prints each record once. */
  const bring = (ids: readonly string[], output: Output, step: Step): Promise<number[]> =>
    runEach(ids, step, { output, stderr, signal, format: format() });

  program
    .command('start <detect_task_id...>')
    .description('start polling tasks ("-": ids from standard input, one a line), or find them started')
    .option('--media-url <url>', 'the media that was submitted; a later face swap needs the same')
    .option('--callback-url <url>', 'told of the final record by a signed webhook')
    .option('--submitted-at <instant>', 'when the task was submitted, ISO 8601')
    .option('--deadline <duration>', 'give up after 5s to 24h', parseDeadline)
    .option('--metadata <json>', 'a JSON object of yours to keep with the record', parseMetadata)
    .option('--wait', 'wait for the final records; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[], options: StartOptions) => {
      const ids = await readIds(given, stdin);
      const input = checkedInput(ids[0], options);
      await using({ polls: true }, async ({ client, pollsHere }, output) => {
        const codes = await bring(ids, output, async (id, onRead) => {
          const started = await client.start({ detect_task_id: id, ...input });
          if (isFinal(started.status) || !(options.wait || pollsHere)) return started;
          onRead?.(started);
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        });
        return options.wait ? gravest(codes) : withoutStatuses(codes);
      });
    });

  program
    .command('watch <detect_task_id...>')
    .description('wait for the final records of known tasks; exit with 2 for failed, 3 for abandoned')
    .action(async (given: string[]) => {
      const ids = await readIds(given, stdin);
      await using({ polls: true }, async ({ client, pollsHere }, output) => {
        const codes = await bring(ids, output, async (id, onRead) => {
          const known = await client.get(id);
          if (known === undefined || isFinal(known.status)) return known;
          onRead?.(known);
          // Here, what a dead process left behind is taken over by whoever asks for it.
          if (pollsHere) await client.start({ detect_task_id: id });
          return client.wait(id, { signal, ...(onRead && { onRead }) });
        });
        return gravest(codes);
      });
    });

  program
    .command('retry <detect_task_id>')
    .description('take an abandoned task up again')
    .action(async (id: string) => {
      const ids = await readIds([id], stdin);
      await using({ polls: true }, async ({ client, pollsHere }, output) => {
        const codes = await bring(ids, output, async (detectTaskId, onRead) => {
          const reopened = await client.retry(detectTaskId);
          if (reopened === undefined || isFinal(reopened.status) || !pollsHere) return reopened;
          return client.wait(detectTaskId, { signal, ...(onRead && { onRead }) });
        });
        return withoutStatuses(codes);
      });
    });
}

/** What goes with every id, refused before anything is opened or written. */
function checkedInput(
  firstId: string | undefined,
  options: StartOptions,
): Omit<ExecutionInput, 'detect_task_id'> {
  const { mediaUrl, callbackUrl, submittedAt, deadline, metadata } = options;
  const input = {
    ...(mediaUrl !== undefined && { media_url: mediaUrl }),
    ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
    ...(submittedAt !== undefined && { submitted_at: submittedAt }),
    ...(deadline !== undefined && { deadline_seconds: deadline }),
    ...(metadata !== undefined && { metadata }),
  };
  const parsed = ExecutionInput.safeParse({ detect_task_id: firstId, ...input });
  if (!parsed.success) throw new RejectedRequestError('invalid', firstFault(parsed.error, 'input'));
  return input;
}

/** Failed and abandoned detections are answers; only who waited for them is told by the exit code. */
const withoutStatuses = (codes: readonly number[]): number =>
  gravest(codes.filter((code) => code !== exitCode.failed && code !== exitCode.abandoned));
