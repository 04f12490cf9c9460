/** Puts the delivery of webhooks together. The handler, the local stack and the simulation all run this wiring. */
import type { Clock } from '../../clock.ts';
import type { Records } from '../../records/records.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { createDeliver } from './deliver.ts';
import { createPost } from './post.ts';
import type { Send } from './send.ts';

export interface DeliverClients {
  records: Records;
  /** The secrets that sign webhooks, the newest first. */
  secrets: () => Promise<readonly string[]>;
  send: Send;
  clock: Clock;
  /** Drawn from [0, 1). */
  random: () => number;
  telemetry: Telemetry;
}

export function assembleDeliver({ secrets, send, telemetry, ...clients }: DeliverClients) {
  return createDeliver({
    ...clients,
    ready: secrets,
    post: createPost({ send, secrets, now: clients.clock.now }),
    log: (line) => telemetry.log(line.delivery === 'exhausted' ? 'error' : 'info', 'delivered', line),
    measure: telemetry.measure,
  });
}
