/** A receiver for development: it listens on this machine only, verifies each push and prints it. */
import { once } from 'node:events';

import { printable, toJson } from '../../client/safe-text.ts';
import { type VerifiedEvent, verifyWebhook, WebhookVerificationError } from '../../client/webhooks.ts';
import { parsePort } from '../input.ts';
import { readBody, type Respond, startLoopbackServer } from '../loopback-server.ts';
import { countOf } from '../output.ts';
import type { Session } from '../session.ts';

/** A hundred faces with the longest links that a record can hold. */
const maxBodyBytes = 16 * 1024 * 1024;
const maxPendingBytes = 4 * maxBodyBytes;

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
      const respond = receiver(secrets, {
        accept(event, body) {
          stdout.write(`${format() === 'json' ? toJson(body) : lineOf(event)}\n`);
          if (seen.has(event.id)) say(`${event.id}: delivered again`);
          seen.add(event.id);
        },
        reject: (reason) => say(`rejected: ${reason}`),
      });
      const server = await startLoopbackServer(port, respond);
      say(`Listening on ${server.url}/ for pushes; Ctrl-C ends it.`);
      if (!signal.aborted) await once(signal, 'abort');
      await server.close();
    });
}

interface ReceiverDeps {
  accept: (event: VerifiedEvent, body: unknown) => void;
  reject: (reason: string) => void;
}

function receiver(secrets: readonly string[], { accept, reject }: ReceiverDeps): Respond {
  let pendingBytes = 0;
  return async (request, response) => {
    const answer = (status: number, reason?: string): void => {
      if (reason !== undefined) reject(reason);
      response
        .writeHead(status, { connection: 'close' })
        .end(reason === undefined ? undefined : `${reason}\n`);
    };
    if (request.method !== 'POST') return answer(405, 'a push is a POST');
    const announced = Number(request.headers['content-length'] ?? maxBodyBytes);
    if (announced > maxBodyBytes) return answer(413, `the body is over ${maxBodyBytes} bytes`);
    // Anything on this machine may send: what is not verified yet has a bound of its own.
    if (pendingBytes + announced > maxPendingBytes)
      return answer(503, 'too many bodies at a time; send again');
    pendingBytes += announced;
    try {
      const body = await readBody(request, maxBodyBytes);
      if (body === undefined || body.length > maxBodyBytes)
        return answer(413, `the body is over ${maxBodyBytes} bytes`);
      accept(verifyWebhook(secrets, request.headers, body), JSON.parse(body.toString()));
    } catch (error) {
      if (error instanceof WebhookVerificationError) return answer(401, error.message);
      if (request.complete) throw error;
      return reject('the sender left in the middle of the body');
    } finally {
      pendingBytes -= announced;
    }
    return answer(204);
  };
}

function lineOf(event: VerifiedEvent): string {
  const { id, type, timestamp, data } = event;
  const result =
    event.type === 'face_detection.succeeded'
      ? countOf(event.data.face_count, 'face')
      : event.data.error.code;
  return [timestamp, type, data.detect_task_id, result, id].map(printable).join('\t');
}
