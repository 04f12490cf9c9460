/** The receiver of webhooks: accepts, fails, is slow, loses its answer, or rejects. */
import type { Send } from '../../functions/notify/webhook/send.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
  onAddress: (address: object) => void;
  onPush: (push: {
    task: string;
    id: string;
    body: string;
    answer: number | string;
    isAcknowledged: boolean;
  }) => void;
}

/** In everything that callers say of themselves. */
export const callersCanary = 'c4ll3r';
/** Each task has a path of its own. */
export const callbackUrl = (task: string): string => `https://receiver.example/${callersCanary}/${task}`;

export const createReceiver =
  ({ clock, faults, actors, onAddress, onPush }: Deps): Send =>
  async ({ url, headers, body, timeoutMs }) => {
    const task = url.split('/').at(-1) ?? '';
    await actors.arrive(task);
    const fault = faults.at('receiver', task);
    onAddress(headers);
    const id = headers['webhook-id'];
    const saw = (answer: number | string, isAcknowledged: boolean): void =>
      onPush({ task, id, body, answer, isAcknowledged });
    await clock.sleep(fault === 'slow' ? timeoutMs : 40);
    const answered = (status: number, retryAfterMs?: number): Awaited<ReturnType<Send>> => {
      saw(status, true);
      return { status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    };
    try {
      switch (fault) {
        case undefined:
          return answered(204);
        case 'failing':
          return answered([500, 404, 302, 502][Math.floor(faults.chance(task, 'status') * 4)] as number);
        case 'busy':
          return answered(503, 600_000 * faults.chance(task, 'hint'));
        case 'gone':
          return answered(410);
        case 'slow':
          saw('timeout', false);
          return { fault: 'timeout' };
        case 'lost-ack':
          saw('reset', false);
          return { fault: 'reset' };
        case 'unreachable':
          return { fault: 'connection-refused' };
      }
    } finally {
      await clock.sleep(40);
      await actors.leave(task);
    }
  };
