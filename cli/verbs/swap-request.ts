/** `swap-request`: prints what to send for a swap of a record's faces. Sends nothing. */
import { toIndentedJson } from '../../client/safe-text.ts';
import { swapCommand, swapRequest, type SwapTargets } from '../../client/swap-request.ts';
import { faceIdOf } from '../../functions/detection/face-id.ts';
import { exitCode } from '../exit-code.ts';
import { readIds, refuse } from '../input.ts';
import type { Session } from '../session.ts';

interface SwapRequestOptions {
  face: Record<number, string>;
  curl?: boolean;
  anyway?: boolean;
}

export function addSwapRequestVerb({ program, stdin, stdout, stderr, using }: Session): void {
  program
    .command('swap-request <detect_task_id>')
    .description('print the request of a face swap; faces without a target stay as they are')
    .option('--face <id=url>', 'the image that takes the place of a face; repeatable', addTarget, {})
    .option('--curl', 'print a command that reads the key from $CRUN_API_KEY')
    .option('--anyway', 'also after the detection has expired at the provider')
    .action(async (given: string, { face: targets, curl = false, anyway }: SwapRequestOptions) => {
      const [detectTaskId = ''] = await readIds([given], stdin);
      await using({ polls: false }, async ({ client }) => {
        const detection = await client.get(detectTaskId);
        if (detection === undefined) {
          stderr.write(`${detectTaskId}: there is no record of this task\n`);
          return exitCode['not-found'];
        }
        const request = swapRequest(detection, targets, { anyway });
        stdout.write(`${curl ? swapCommand(request) : toIndentedJson(request)}\n`);
        return exitCode.done;
      });
    });
}

function addTarget(given: string, targets: SwapTargets): SwapTargets {
  const [, text, url] = /^([^=]*)=(.+)$/s.exec(given) ?? [];
  const id = faceIdOf(text);
  if (id === undefined || url === undefined)
    return refuse('--face: must be the id of a face, "=" and a URL, such as 0=https://media.example/me.jpg');
  if (id in targets) return refuse(`--face: ${id} is given twice`);
  return { ...targets, [id]: url };
}
