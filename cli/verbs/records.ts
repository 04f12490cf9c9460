/** The verbs that read or end records, and poll nothing. */
import type { Client } from '../../client/client.ts';
import type { Detection } from '../../functions/detection/fields.ts';
import { exitCode, gravest, withoutResults } from '../exit-code.ts';
import { parseLimit, parseStatus, readIds } from '../input.ts';
import { runEach } from '../run-each.ts';
import { runRecords } from '../run-records.ts';
import type { Session } from '../session.ts';

export function addRecordVerbs(session: Session): void {
  const { program, stdin, stderr, signal, format, using } = session;

  /** A verb that prints the records of the ids it is given, as they are afterwards. */
  const addVerb = (
    name: string,
    description: string,
    act: (client: Client, detectTaskId: string) => Promise<Detection | undefined>,
  ) =>
    program
      .command(`${name} <detect_task_id...>`)
      .description(description)
      .action(async (given: string[], { all = false }: { all?: boolean }) => {
        const ids = await readIds(given, stdin);
        await using({ polls: false, showsAll: all }, async (backend, output) => {
          const shows = name === 'get' ? 'records' : 'lines';
          const step = (id: string) => act(backend.client, id);
          const codes = await runRecords(ids, step, { session, backend, output, shows });
          return withoutResults(codes);
        });
      });

  addVerb('get', 'the records of tasks, with their faces', (client, id) => client.get(id)).option(
    '--all',
    'also what the record took: calls, times, cost',
  );

  program
    .command('list')
    .description('the newest records')
    .option('--status <status>', 'only those of one status', parseStatus)
    .option('--limit <count>', 'how many at the most', parseLimit, 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: Parameters<Client['list']>[0]) =>
      using({ polls: false }, async ({ client }, output) => {
        const { detections, cursor } = await client.list(options);
        output.list(detections, cursor);
        if (cursor !== undefined && format() === 'json') stderr.write(`more: --cursor ${cursor}\n`);
        return exitCode.done;
      }),
    );

  addVerb('cancel', 'give tasks up: their records become abandoned', async (client, id) => {
    const detection = await client.cancel(id);
    if (detection !== undefined && detection.error?.code !== 'CANCELLED')
      stderr.write(`${id}: was ${detection.status} already, so there was nothing to cancel\n`);
    return detection;
  });

  addVerb('redeliver', 'deliver the webhooks of final records once more', (client, id) =>
    client.redeliver(id),
  );

  program
    .command('forget <detect_task_id...>')
    .description('delete everything stored of tasks')
    .action(async (given: string[]) => {
      const ids = await readIds(given, stdin);
      await using({ polls: false }, async ({ client, maxInFlight }, output) => {
        const accept = (id: string): number => {
          output.forgotten(id);
          return exitCode.done;
        };
        const step = async (id: string) => ((await client.forget(id)) ? id : undefined);
        return gravest(await runEach(ids, step, { accept, stderr, signal, maxInFlight }));
      });
    });
}
