/** What the verbs share that serve the records until Ctrl-C: the API, the events of changes, and their end. */
import { once } from 'node:events';

import { type Api, createApi } from '../../functions/api/api.ts';
import { createEventStream, type EventStream } from '../event-stream.ts';
import { exitCode } from '../exit-code.ts';
import type { LoopbackServer } from '../loopback-server.ts';
import type { Backend, Session } from '../session.ts';

interface Served {
  answer: Api;
  events: EventStream;
}

export async function serve(
  { api, listPaceMs }: Pick<Backend, 'api' | 'listPaceMs'>,
  { stderr, signal }: Pick<Session, 'stderr' | 'signal'>,
  start: (served: Served) => Promise<LoopbackServer>,
): Promise<number> {
  const answer = createApi({
    ...api,
    log: ({ operation, error }) => void stderr.write(`${JSON.stringify({ operation, error })}\n`),
  });
  const events = createEventStream({ list: api.records.list, paceMs: listPaceMs });
  const server = await start({ answer, events });
  if (!signal.aborted) await once(signal, 'abort');
  events.close();
  await server.close();
  return exitCode.done;
}
