/** What networks, proxies and attackers do to an answer. `text` is always a well-formed one. */
import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import { maxHeaderBytes } from '../../functions/http/headers.ts';
import { jsonHeaders, type Reply, send } from './send.ts';

const mebibyte = 1024 * 1024;
/** Past the 8 MiB that a careful reader stops at. */
const defaultTooLargeBytes = 9 * mebibyte;
/** Past what a careful reader takes of headers. */
const longHeaderBytes = maxHeaderBytes;
/** So that the reader has taken the first part of the body before the connection dies. */
const midBodyMs = 10;

/** Declares the whole text, sends half, and ends the connection in good order. */
export const cut =
  (text: string): Reply =>
  (response) => {
    sendHalf(response, text, () => response.socket?.end());
  };

/** Likewise, but the connection is reset. */
export const resetMidBody =
  (text: string): Reply =>
  (response) => {
    sendHalf(response, text, () => setTimeout(() => response.socket?.resetAndDestroy(), midBodyMs));
  };

function sendHalf(response: ServerResponse, text: string, then: () => void): void {
  response.writeHead(200, { ...jsonHeaders, 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), then);
}

export const reset: Reply = (response) => {
  response.socket?.resetAndDestroy();
};

/** At once without `afterMs`. */
export const late =
  (reply: Reply, afterMs = 0): Reply =>
  (response) => {
    if (afterMs === 0) return reply(response);
    const timer = setTimeout(() => reply(response), afterMs);
    response.on('close', () => clearTimeout(timer));
  };

export const hang: Reply = () => {};

export const hangAfterHeaders: Reply = (response) => {
  response.writeHead(200, { ...jsonHeaders, 'content-length': 400 }).flushHeaders();
};

/** Spaces, which JSON allows: each keeps an idle time-out from firing. */
export const drip =
  (text: string, everyMs: number, bytes = Infinity): Reply =>
  (response) => {
    response.writeHead(200, jsonHeaders);
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ < bytes) {
        response.write(' ');
        return;
      }
      clearInterval(timer);
      response.end(text);
    }, everyMs);
    response.on('close', () => clearInterval(timer));
  };

/** Compressed although no encoding was asked for. A gzip file may hold many members, so a bomb costs one MiB to make. */
export function gzip(text: string, bombBytes = 0): Reply {
  const member = gzipSync(Buffer.alloc(mebibyte, ' '));
  const padding = Array.from({ length: Math.ceil(bombBytes / mebibyte) }, () => member);
  return send(
    200,
    { ...jsonHeaders, 'content-encoding': 'gzip' },
    Buffer.concat([...padding, gzipSync(text)]),
  );
}

/** Streams without a declared length, as fast as the reader takes it. */
export const tooLarge =
  (text: string, bytes = defaultTooLargeBytes): Reply =>
  (response) => {
    response.writeHead(200, jsonHeaders);
    // A reader that stops ends it: no fault of the simulator.
    pipeline(Readable.from(padded(text, bytes)), response, () => {});
  };

function* padded(text: string, bytes: number): Generator<Buffer> {
  const spaces = Buffer.alloc(64 * 1024, ' ');
  for (let left = bytes; left > 0; left -= spaces.length) yield spaces.subarray(0, left);
  yield Buffer.from(text);
}

export const longHeader = (text: string): Reply =>
  send(200, { ...jsonHeaders, 'x-padding': 'x'.repeat(longHeaderBytes) }, text);

/** Another protocol answers on this port. */
export const notHttp: Reply = (response) => {
  response.socket?.end('220 mail.crun.example ESMTP ready\r\n');
};
