/** Asks the simulator as a client would, and as nothing but a socket sees it. */
import { connect } from 'node:net';

import { expect } from 'vitest';

import type { Script } from '../../../local/simulator/script.ts';
import type { Simulator } from '../../../local/simulator/simulator.ts';

export const apiKey = 'key of the tests';
export const resultPath = '/api/v1/client/job/detect-face-result';

export const ask = (simulator: Simulator, detectTaskId: string, key = apiKey): Promise<Response> =>
  fetch(`${simulator.baseUrl}${resultPath}?detect_task_id=${detectTaskId}`, {
    headers: { 'x-api-key': key },
    redirect: 'manual',
  });

export const askFor = (simulator: Simulator, script: Script): Promise<Response> =>
  ask(simulator, simulator.submit(script));

export const post = (simulator: Simulator, call: string, body: string, key = apiKey): Promise<Response> =>
  fetch(`${simulator.baseUrl}/api/v1/client/job/${call}`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body,
  });

/** For a place of an expected object: vitest types its own as `any`. */
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

export interface Wire {
  head: string;
  body: string;
  /** How the connection ended, or that it had not after `watchMs`. */
  ending: 'fin' | 'reset' | 'open';
}

export function watch(simulator: Simulator, detectTaskId: string, watchMs = 1_000): Promise<Wire> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (ending: Wire['ending']): void => {
      clearTimeout(timer);
      socket.destroy();
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ head, body: rest.join('\r\n\r\n'), ending });
    };
    const timer = setTimeout(() => settle('open'), watchMs);
    const socket = connect(Number(new URL(simulator.baseUrl).port), '127.0.0.1');
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('end', () => settle('fin'));
    socket.on('error', () => settle('reset'));
    socket.write(
      `GET ${resultPath}?detect_task_id=${detectTaskId} HTTP/1.1\r\nhost: crun.example\r\nx-api-key: ${apiKey}\r\n\r\n`,
    );
  });
}

export const watchOne = (simulator: Simulator, script: Script, watchMs?: number): Promise<Wire> =>
  watch(simulator, simulator.submit(script), watchMs);
