/** A receiver for development: it listens on this machine only, verifies each push and prints it. */
import { once } from 'node:events';
import http from 'node:http';

import { UserError } from '../../client/user-error.ts';
import { type VerifiedEvent, verifyWebhook, WebhookVerificationError } from '../../client/webhooks.ts';
import { parsePort } from '../input.ts';
import { countOf } from '../output.ts';
import { printable, toJson } from '../safe-text.ts';
import type { Session } from '../session.ts';

/** A hundred faces with the longest links that a record can hold. */
const maxBodyBytes = 16 * 1024 * 1024;

export function addListenVerb({ program, stdout, stderr, signal, format, webhookSecrets }: Session): void {
  const say = (line: string): void => void stderr.write(`${line}\n`);

  program
    .command('listen')
    .description('receive pushes on this machine, verify and print them, for development')
    .option('--port <port>', 'the port on 127.0.0.1; by default any that is free', parsePort, 0)
    .option('--print-secret', 'print the secret that pushes of this machine are signed with, and exit')
    .action(async ({ port, printSecret }: { port: number; printSecret?: true }) => {
      const secrets = await webhookSecrets();
      if (printSecret) return void stdout.write(`${secrets.join('\n')}\n`);
      const seen = new Set<string>();
      const server = http.createServer(
        receiver(secrets, {
          accept(event, body) {
            stdout.write(`${format() === 'json' ? toJson(body) : lineOf(event)}\n`);
            if (seen.has(event.id)) say(`${event.id}: delivered again`);
            seen.add(event.id);
          },
          reject: (reason) => say(`rejected: ${reason}`),
        }),
      );
      await listen(server, port);
      const address = server.address();
      const ownPort = typeof address === 'object' && address !== null ? address.port : port;
      say(`Listening on http://127.0.0.1:${ownPort}/ for pushes; Ctrl-C ends it.`);
      if (!signal.aborted) await once(signal, 'abort');
      server.closeAllConnections();
      server.close();
    });
}

async function listen(server: http.Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new UserError('infrastructure', `--port: ${port} cannot be listened on (${code})`, {
      cause: error,
    });
  }
}

interface ReceiverDeps {
  accept: (event: VerifiedEvent, body: unknown) => void;
  reject: (reason: string) => void;
}

function receiver(secrets: readonly string[], { accept, reject }: ReceiverDeps): http.RequestListener {
  return (request, response) => {
    const answer = (status: number, reason?: string): void => {
      if (reason !== undefined) reject(reason);
      response
        .writeHead(status, { connection: 'close' })
        .end(reason === undefined ? undefined : `${reason}\n`);
    };
    if (request.method !== 'POST') return answer(405, 'a push is a POST');
    void bodyOf(request).then(
      (body) => {
        if (body === 'too-large') return answer(413, `the body is over ${maxBodyBytes} bytes`);
        try {
          accept(verifyWebhook(secrets, request.headers, body), JSON.parse(body.toString()));
        } catch (error) {
          if (!(error instanceof WebhookVerificationError)) throw error;
          return answer(401, error.message);
        }
        return answer(204);
      },
      () => reject('the sender left in the middle of the body'),
    );
  };
}

async function bodyOf(request: http.IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return 'too-large';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function lineOf(event: VerifiedEvent): string {
  const { id, type, timestamp, data } = event;
  const result =
    event.type === 'face_detection.succeeded'
      ? countOf(event.data.face_count, 'face')
      : event.data.error.code;
  return [timestamp, type, data.detect_task_id, result, id].map(printable).join('\t');
}
