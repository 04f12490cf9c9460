/** The verbs that read or end single records, and poll nothing. */
import type { Client } from '../../client/client.ts';
import { exitCode } from '../exit-code.ts';
import { parseLimit, parseStatus, readIds } from '../input.ts';
import type { Session } from '../session.ts';

export function addRecordVerbs({ program, stdin, stderr, format, using }: Session): void {
  const absent = (id: string): number => {
    stderr.write(`${id}: there is no record of this task\n`);
    return exitCode['not-found'];
  };

  program
    .command('get <detect_task_id>')
    .description('the record of a task, with its faces')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        const detection = await client.get(checked);
        if (detection === undefined) return absent(checked);
        output.detection(detection);
        return exitCode.done;
      });
    });

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

  program
    .command('cancel <detect_task_id>')
    .description('give a task up: its record becomes abandoned')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        const detection = await client.cancel(checked);
        if (detection === undefined) return absent(checked);
        output.detection(detection);
        return exitCode.done;
      });
    });

  program
    .command('redeliver <detect_task_id>')
    .description('deliver the webhook of a final record once more')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        const detection = await client.redeliver(checked);
        if (detection === undefined) return absent(checked);
        output.detection(detection);
        return exitCode.done;
      });
    });

  program
    .command('forget <detect_task_id>')
    .description('delete everything stored of a task')
    .action(async (id: string) => {
      const [checked = ''] = await readIds([id], stdin);
      await using({ polls: false }, async ({ client }, output) => {
        if (!(await client.forget(checked))) return absent(checked);
        output.text(`${checked}: forgotten`);
        return exitCode.done;
      });
    });
}
