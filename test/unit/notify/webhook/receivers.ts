/** Receivers on loopback, and senders that treat them as hosts of the internet. */
import type http from 'node:http';

import type { CallbackRule } from '../../../../functions/detection/callback-rule.ts';
import type { Sent } from '../../../../functions/notify/webhook/request.ts';
import { createSender, type Send, type WebhookRequest } from '../../../../functions/notify/webhook/send.ts';
import { signatureHeaders } from '../../../../functions/notify/webhook/sign.ts';
import { type Certificate, certificate } from '../../../support/certificate.ts';
import { httpsServer, type Listening } from '../../../support/servers.ts';

export const host = 'hooks.example.com';
export const trusted: Certificate = certificate({ host });
export const secret = `whsec_${Buffer.from('a key that only the tests know').toString('base64')}`;
export const body = '{"name":"Zoë"}';
export const headers = signatureHeaders([secret], {
  id: 'task_1_succeeded',
  timestampSeconds: 1_795_348_804,
  body,
});

interface Request {
  method: string | undefined;
  url: string | undefined;
  headers: string[];
  body: string;
}

export interface Receiver extends Listening {
  requests: Request[];
}

/** Keeps each request, then answers. */
export async function receiver(
  answer: (response: http.ServerResponse, count: number) => void = (response) =>
    response.writeHead(204).end(),
  theirs: Certificate = trusted,
): Promise<Receiver> {
  const requests: Request[] = [];
  const server = await httpsServer(theirs, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { method, url, rawHeaders } = request;
      requests.push({ method, url, headers: rawHeaders, body: text });
      answer(response, requests.length);
    });
  });
  return Object.defineProperty(server, 'requests', { value: requests }) as Receiver;
}

type Deps = Parameters<typeof createSender>[0];

/** By default every name resolves to loopback, and loopback is allowed. */
export const senderTo = (port: number, deps: Partial<Deps> & { rule?: CallbackRule } = {}): Send =>
  createSender({
    rule: { ports: [port] },
    lookup: async () => ['127.0.0.1'],
    isAllowed: (address) => address === '127.0.0.1',
    ca: trusted.cert,
    ...deps,
  });

export const sendTo = (
  { port }: { port: number },
  deps: Partial<Deps> = {},
  request: Partial<WebhookRequest> = {},
): Promise<Sent> =>
  senderTo(
    port,
    deps,
  )({ url: `https://${host}:${port}/faces?a=1`, headers, body, timeoutMs: 5_000, ...request });
