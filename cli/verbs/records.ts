/** The verbs that read or end records, and poll nothing. */
import type { Client } from '../../client/client.ts';
import type { Detection } from '../../functions/detection/fields.ts';
import { exitCode, gravest, withoutResults } from '../exit-code.ts';
import { parseLimit } from '../input.ts';
import { noProgress } from '../progress.ts';
import { runEach } from '../run-each.ts';
import { runRecords } from '../run-records.ts';
import { addFilters, addSelection, chooseTasks, type Selection } from '../selection.ts';
import type { Session } from '../session.ts';

export function addRecordVerbs(session: Session): void {
  const { program, stderr, signal, format, using } = session;

  type Act = (client: Client, detectTaskId: string) => Promise<Detection | undefined>;

  /** Acts on each id, and prints the records as they are afterwards. */
  const printing =
    (act: Act, shows: 'records' | 'lines') =>
    async (given: string[], { all = false, ...selection }: { all?: boolean } & Selection): Promise<void> => {
      const choose = await chooseTasks(given, selection, session);
      await using({ polls: false, showsAll: all }, async (backend, output) => {
        const ids = await choose(backend.client);
        const step = (id: string) => act(backend.client, id);
        return withoutResults(await runRecords(ids, step, { session, backend, output, shows }));
      });
    };

  program
    .command('get <detect_task_id...>')
    .description('the records of tasks, with their faces')
    .option('--all', 'also what the record took: calls, times, cost')
    .action(printing((client, id) => client.get(id), 'records'));

  addFilters(program.command('list'))
    .description('the newest records')
    .option('--limit <count>', 'how many at the most', parseLimit, 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: Parameters<Client['list']>[0]) =>
      using({ polls: false }, async ({ client }, output) => {
        const { detections, cursor } = await client.list(options);
        output.list(detections, cursor);
        if (cursor !== undefined && (format() === 'json' || !session.stdout.isTTY))
          stderr.write(`more: --cursor ${cursor}\n`);
        return exitCode.done;
      }),
    );

  addSelection(program.command('cancel [detect_task_id...]'))
    .description('give tasks up: their records become abandoned')
    .action(
      printing(async (client, id) => {
        const detection = await client.cancel(id);
        if (detection !== undefined && detection.error?.code !== 'CANCELLED')
          stderr.write(`${id}: was ${detection.status} already, so there was nothing to cancel\n`);
        return detection;
      }, 'lines'),
    );

  addSelection(program.command('redeliver [detect_task_id...]'))
    .description('deliver the webhooks of final records once more')
    .action(printing((client, id) => client.redeliver(id), 'lines'));

  addSelection(program.command('forget [detect_task_id...]'))
    .description('delete everything stored of tasks')
    .action(async (given: string[], selection: Selection) => {
      const choose = await chooseTasks(given, selection, session);
      await using({ polls: false }, async ({ client, maxInFlight }, output) => {
        const ids = await choose(client);
        const accept = (id: string): number => {
          output.forgotten(id);
          return exitCode.done;
        };
        const step = async (id: string) => ((await client.forget(id)) ? id : undefined);
        return gravest(
          await runEach(ids, step, { accept, say: noProgress(session).say, signal, maxInFlight }),
        );
      });
    });
}
