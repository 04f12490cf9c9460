import { once } from 'node:events';

import { createApi } from '../../functions/api/api.ts';
import { startApiServer } from '../api-server.ts';
import { createEventStream } from '../event-stream.ts';
import { exitCode } from '../exit-code.ts';
import { parsePort } from '../input.ts';
import type { Session } from '../session.ts';

/** Serves the HTTP API until it is interrupted. On one machine it also polls the tasks that requests start. */
export function addServeVerb({ program, stdout, stderr, signal, format, using }: Session): void {
  program
    .command('serve')
    .description('serve the HTTP API on 127.0.0.1 until Ctrl-C')
    .option('--port <port>', 'which port to listen on; by default a free one', parsePort, 0)
    .action(({ port }: { port: number }) =>
      using({ polls: true }, async ({ api, listPaceMs }) => {
        const answer = createApi({
          ...api,
          log: ({ operation, error }) => void stderr.write(`${JSON.stringify({ operation, error })}\n`),
        });
        const events = createEventStream({ list: api.records.list, paceMs: listPaceMs });
        const server = await startApiServer({ answer, port, events });
        const { url, token } = server;
        stdout.write(format() === 'json' ? `${JSON.stringify({ url, token })}\n` : greeting(url, token));
        if (!signal.aborted) await once(signal, 'abort');
        events.close();
        await server.close();
        return exitCode.done;
      }),
    );
}

const greeting = (
  url: string,
  token: string,
): string => `The HTTP API is at ${url} until Ctrl-C, authenticated by this token:

  curl ${url}/detections -H 'authorization: Bearer ${token}'

`;
