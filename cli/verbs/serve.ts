import { startApiServer } from '../api-server.ts';
import { parsePort } from '../input.ts';
import type { Session } from '../session.ts';
import { serve } from './serving.ts';

/** Serves the HTTP API until it is interrupted. On one machine it also polls the tasks that requests start. */
export function addServeVerb(session: Session): void {
  const { program, stdout, format, using } = session;
  program
    .command('serve')
    .description('serve the HTTP API on 127.0.0.1 until Ctrl-C')
    .option('--port <port>', 'which port to listen on; by default a free one', parsePort, 0)
    .action(({ port }: { port: number }) =>
      using({ polls: true }, (backend) =>
        serve(backend, session, async (served) => {
          const server = await startApiServer({ ...served, port });
          const { url, token } = server;
          stdout.write(format() === 'json' ? `${JSON.stringify({ url, token })}\n` : greeting(url, token));
          return server;
        }),
      ),
    );
}

const greeting = (
  url: string,
  token: string,
): string => `The HTTP API is at ${url} until Ctrl-C, authenticated by this token:

  curl ${url}/detections -H 'authorization: Bearer ${token}'

`;
