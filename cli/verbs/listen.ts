/** A receiver for development: on this machine alone, it verifies what it is sent and prints it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';

import { UserError } from '../../client/user-error.ts';
import { type VerifiedEvent, verifyWebhook, WebhookVerificationError } from '../../client/webhooks.ts';
import { InvalidSecretsError, parseSecrets } from '../../functions/notify/webhook/sign.ts';
import { parsePort } from '../input.ts';
import { countOf, printable } from '../output.ts';
import type { Session } from '../session.ts';

/** A hundred faces with the longest links that a record can hold. */
const maxBodyBytes = 16 * 1024 * 1024;

export function addListenVerb({ program, stdout, stderr, signal, format, webhookSecret }: Session): void {
  const say = (line: string): void => void stderr.write(`${line}\n`);

  program
    .command('listen')
    .description('receive pushes on this machine, verify and print them, for development')
    .option('--port <port>', 'the port on 127.0.0.1; by default any that is free', parsePort, 0)
    .action(async ({ port }: { port: number }) => {
      const secrets = webhookSecret === undefined ? [newSecret()] : checkedSecrets(webhookSecret);
      const show = format() === 'json' ? (_: VerifiedEvent, body: string) => body : lineOf;
      const seen = new Set<string>();
      const server = http.createServer(
        receiver(secrets, {
          accept(event, body) {
            stdout.write(`${show(event, body)}\n`);
            if (seen.has(event.id)) say(`${event.id}: told again`);
            seen.add(event.id);
          },
          refuse: (reason) => say(`refused: ${reason}`),
        }),
      );
      await listen(server, port);
      const address = server.address();
      const ownPort = typeof address === 'object' && address !== null ? address.port : port;
      say(`Listening on http://127.0.0.1:${ownPort}/ for pushes; Ctrl-C ends it.`);
      if (webhookSecret === undefined) say(`The secret to sign with: ${secrets.join()}`);
      if (!signal.aborted) await once(signal, 'abort');
      server.closeAllConnections();
      server.close();
    });
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

function checkedSecrets(text: string): string[] {
  try {
    return parseSecrets(text);
  } catch (error) {
    if (!(error instanceof InvalidSecretsError)) throw error;
    throw new UserError('invalid-input', `FACE_POLLER_WEBHOOK_SECRET: ${error.message}`);
  }
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

interface Told {
  accept: (event: VerifiedEvent, body: string) => void;
  refuse: (reason: string) => void;
}

function receiver(secrets: readonly string[], { accept, refuse }: Told): http.RequestListener {
  return (request, response) => {
    const answer = (status: number, reason?: string): void => {
      if (reason !== undefined) refuse(reason);
      response
        .writeHead(status, { connection: 'close' })
        .end(reason === undefined ? undefined : `${reason}\n`);
    };
    if (request.method !== 'POST') return answer(405, 'a push is a POST');
    void bodyOf(request).then(
      (body) => {
        if (body === 'too-large') return answer(413, `the body is over ${maxBodyBytes} bytes`);
        try {
          accept(verifyWebhook(secrets, request.headers, body), body.toString());
        } catch (error) {
          if (!(error instanceof WebhookVerificationError)) throw error;
          return answer(401, error.message);
        }
        return answer(204);
      },
      () => refuse('the sender left in the middle of the body'),
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
