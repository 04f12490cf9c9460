import { spawn } from 'node:child_process';

import { maxFileBytes } from '../../client/upload.ts';
import { readBundle } from '../../console/bundle.ts';
import { errorCodes } from '../../functions/detection/error-codes.ts';
import { statuses } from '../../functions/detection/types.ts';
import { createBeside } from '../console-beside.ts';
import { page } from '../console-pages.ts';
import { startConsoleServer } from '../console-server.ts';
import { parsePort } from '../input.ts';
import type { Reply } from '../loopback-server.ts';
import type { Backend, Session } from '../session.ts';
import { serve } from './serving.ts';

/** Serves the console until it is interrupted. On one machine it also polls the tasks that are started in it. */
export function addConsoleVerb(session: Session): void {
  const { program, stdout, format, using } = session;
  program
    .command('console')
    .description('see the detections in a browser, until Ctrl-C')
    .option('--port <port>', 'the port on 127.0.0.1; by default any that is free', parsePort, 0)
    .option('--open', 'open the browser')
    .action(({ port, open }: { port: number; open?: true }) =>
      using({ polls: true }, (backend) =>
        serve(backend, session, async (served) => {
          const server = await startConsoleServer({
            ...served,
            port,
            files: await filesOf(backend),
            beside: createBeside(backend),
          });
          const { openUrl: url } = server;
          stdout.write(format() === 'json' ? `${JSON.stringify({ url })}\n` : greeting(url));
          if (open) openBrowser(url);
          return server;
        }),
      ),
    );
}

const greeting = (url: string): string =>
  `The console is here until Ctrl-C; the link works once:\n\n  ${url}\n\n`;

const file = (type: string, body: string): Reply => ({
  status: 200,
  headers: { 'content-type': `${type}; charset=utf-8` },
  body,
});

async function filesOf({ place, simulatorUrl }: Backend): Promise<ReadonlyMap<string, Reply>> {
  const { script, style } = await readBundle();
  const errors = Object.entries(errorCodes).map(([code, { advice, ends }]) => [
    code,
    { advice, isRetryable: ends === 'abandoned' },
  ]);
  const facts = {
    place,
    maxFileBytes,
    isSimulated: simulatorUrl !== undefined,
    statuses,
    errors: Object.fromEntries(errors) as object,
  };
  return new Map([
    ['', page(facts)],
    ['page.js', file('text/javascript', script)],
    ['page.css', file('text/css', style)],
  ]);
}

/** Where there is no browser, the link is printed all the same. */
function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
