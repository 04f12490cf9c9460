import { exitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';

export function addResetRate({ program, stdout, format, using }: Session): void {
  program
    .command('reset-rate')
    .description('begin the rate limit of the key anew: forget what is booked and paused')
    .action(() =>
      using({ polls: false }, async ({ limit }) => {
        const { booked } = await limit.inspect();
        await limit.reset();
        const line = format() === 'json' ? JSON.stringify({ booked }) : `Forgot ${booked} booked calls.`;
        stdout.write(`${line}\n`);
        return exitCode.done;
      }),
    );
}
