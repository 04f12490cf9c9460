import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { maxFileBytes } from '../../client/upload.ts';
import { readBundle } from '../../console/bundle.ts';
import { createApi } from '../../functions/api/api.ts';
import { errorCodes } from '../../functions/detection/error-codes.ts';
import { statuses } from '../../functions/detection/types.ts';
import { createBeside } from '../console-beside.ts';
import { page } from '../console-pages.ts';
import { startConsoleServer } from '../console-server.ts';
import { createEventStream } from '../event-stream.ts';
import { exitCode } from '../exit-code.ts';
import { parsePort } from '../input.ts';
import type { Reply } from '../loopback-server.ts';
import type { Backend, Session } from '../session.ts';

/** Serves the console until it is interrupted. On one machine it also polls the tasks that are started in it. */
export function addConsoleVerb({ program, stdout, stderr, signal, format, using }: Session): void {
  program
    .command('console')
    .description('see the detections in a browser, until Ctrl-C')
    .option('--port <port>', 'the port on 127.0.0.1; by default any that is free', parsePort, 0)
    .option('--open', 'open the browser')
    .action(({ port, open }: { port: number; open?: true }) =>
      using({ polls: true }, async (backend) => {
        const { api } = backend;
        const events = createEventStream({ list: api.records.list, paceMs: backend.listPaceMs });
        const server = await startConsoleServer({
          answer: createApi({
            ...api,
            log: ({ operation, error }) => void stderr.write(`${JSON.stringify({ operation, error })}\n`),
          }),
          port,
          events,
          files: await filesOf(backend),
          beside: createBeside(backend),
        });
        const { openUrl: url } = server;
        stdout.write(format() === 'json' ? `${JSON.stringify({ url })}\n` : greeting(url));
        if (open) openBrowser(url);
        if (!signal.aborted) await once(signal, 'abort');
        events.close();
        await server.close();
        return exitCode.done;
      }),
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
