import net from 'node:net';

import type { ApiResponse } from '../../../../functions/api/message.ts';
import type { Header, Sent } from './requests.ts';

/** Sends exactly these bytes; nothing where the connection ends without an answer. */
export async function send(
  port: number,
  { method, target, headers, body }: Sent,
): Promise<ApiResponse | undefined> {
  const length: Header[] = body.length > 0 ? [['content-length', String(body.length)]] : [];
  const lines = [...headers, ...length, ['connection', 'close']].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  const answer = await new Promise<Buffer>((resolve) => {
    const received: Buffer[] = [];
    const socket = net.connect(
      port,
      '127.0.0.1',
      () => void socket.write(Buffer.concat([Buffer.from(head), body])),
    );
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    // Who refuses in the middle of a request may break the connection.
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(received)));
  });
  return answer.length === 0 ? undefined : parse(answer.toString());
}

function parse(text: string): ApiResponse {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line): Header => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
