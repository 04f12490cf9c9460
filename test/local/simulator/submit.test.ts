import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { submitImage, submitVideo } from '../../../local/simulator/submit.ts';
import { apiKey, ask } from './ask.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey });
});
afterEach(() => simulator.close());

const imageUrl = 'https://media.example/a.jpg';

describe('submitting', () => {
  it('an image returns the id of a task that the provider then knows', async () => {
    const id = await submitImage(simulator.baseUrl, apiKey, imageUrl);
    expect(await (await ask(simulator, id)).json()).toMatchObject({
      code: 200,
      data: { detect_task_id: id },
    });
  });

  it('a video or a GIF goes by the call for videos', async () => {
    await submitVideo(`${simulator.baseUrl}/`, apiKey, 'https://media.example/a.gif');
    expect(simulator.requests[0]?.path).toBe('/api/v1/client/job/detect-face-video');
  });

  it('with a wrong key is one sentence without the key', async () => {
    const sentence = 'The provider rejected the submission with code 401: unauthorized.';
    await expect(submitImage(simulator.baseUrl, 'wrong', imageUrl)).rejects.toThrow(new Error(sentence));
  });

  it('of something that is not a URL is rejected', async () => {
    const sentence = 'The provider rejected the submission with code 422: validation error.';
    await expect(submitImage(simulator.baseUrl, apiKey, 'a.jpg')).rejects.toThrow(new Error(sentence));
  });

  it('to an address without a server names the address and the fault', async () => {
    await simulator.close();
    const sentence = `The submission did not reach the provider at ${simulator.baseUrl} (connection-refused).`;
    await expect(submitImage(simulator.baseUrl, apiKey, imageUrl)).rejects.toThrow(sentence);
  });
});

describe('an answer to a submission', () => {
  const withoutId = /^The submission was answered with HTTP \d+ and without a task id\.$/;
  const withoutEnvelope = /^The submission was answered with HTTP \d+ and without the provider's envelope\.$/;

  it.each([
    ['a page', 502, '<h1>Bad Gateway</h1>', withoutEnvelope],
    ['a redirect', 302, '', withoutEnvelope],
    ['a success without an id', 200, '{"code":200,"data":{}}', withoutId],
    ['a success under another HTTP status', 500, '{"code":200,"data":{"detect_task_id":"a"}}', withoutId],
    ['an id that is none', 200, '{"code":200,"data":{"detect_task_id":"../a"}}', withoutId],
    ['a rejection without a message', 200, '{"code":402}', /^.+ with code 402: no reason given\.$/],
  ])('that is %s is an error', async (_what, httpStatus, body, sentence) => {
    const server = http.createServer((_request, response) => {
      response.writeHead(httpStatus, { location: 'http://127.0.0.1:1/' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await expect(submitImage(baseUrl, apiKey, imageUrl)).rejects.toThrow(sentence);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
