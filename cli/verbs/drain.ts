import { setTimeout as sleep } from 'node:timers/promises';

import { UserError } from '../../client/user-error.ts';
import { drain } from '../drain.ts';
import { exitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';

const pauseMs = 5_000;

export function addDrain({ program, stdout, stderr, signal, format, using }: Session): void {
  program
    .command('drain')
    .description('wait until a deployed stack has nothing left to do, such as before it is destroyed')
    .option('--cancel', 'give up what is open instead of waiting for it')
    .action(({ cancel = false }: { cancel?: boolean }) =>
      using({ polls: false }, async ({ client, pollsHere }) => {
        if (pollsHere)
          throw new UserError(
            'invalid-input',
            'FACE_POLLER_STACK: must name the deployed stack to drain; on one machine, watch the open tasks',
          );
        let shown = -1;
        await drain(client, {
          cancels: cancel,
          pause: () => sleep(pauseMs, undefined, { signal }),
          report(undone) {
            if (undone !== shown) stderr.write(`${undone} records are not done\n`);
            shown = undone;
          },
        });
        stdout.write(format() === 'json' ? '{"undone":0}\n' : 'Nothing is left to do.\n');
        return exitCode.done;
      }),
    );
}
