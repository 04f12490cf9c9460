/** The HTTP API behind a token, for callers that cannot sign. */
import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, describe, expect, inject, it } from 'vitest';

import type { Detection } from '../../functions/detection/fields.ts';
import { runCli } from '../support/cli.ts';
import { root } from '../support/folders.ts';
import { httpServer } from '../support/servers.ts';
import { runProgram } from './commands.ts';
import { deploy, type Deployment } from './deployment.ts';
import { request } from './signed-request.ts';

describe('the HTTP API behind a token', () => {
  let stack: Deployment;
  let token: string;
  /** All that there were. */
  const given = new Set<string>();
  beforeAll(async () => {
    // With callbacks to this machine.
    stack = await deploy('Token', { apiToken: 'true', monitoring: 'false' }, 'test/deploy/webhooks-app.ts');
    token = await tokenBy();
    return stack.end;
  });

  async function tokenBy(...options: string[]): Promise<string> {
    const env = { FACE_POLLER_STACK: stack.stackName };
    const { code, stdout } = await runCli(['token', ...options], { env });
    expect(code).toBe(0);
    if (stdout !== '') given.add(stdout.trim());
    return stdout.trim();
  }
  async function ask(
    line: string,
    authorization: string | string[] | undefined,
    body?: object,
  ): Promise<[number | undefined, Partial<Detection>]> {
    const [method = '', path = ''] = line.split(' ');
    const headers: Record<string, string | string[]> = authorization === undefined ? {} : { authorization };
    const sent = { method, path, headers, isSigned: false, ...(body && { body: JSON.stringify(body) }) };
    const answer = await request(stack.outputs['ApiUrl'] ?? '', sent);
    return [
      answer.status,
      answer.body.startsWith('{') ? (JSON.parse(answer.body) as Partial<Detection>) : {},
    ];
  }

  it('starts a task and gives its faces to a caller that sends it', async () => {
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], 'asked');
    const bearer = `Bearer ${token}`;
    expect(await ask('POST /detections', bearer, { detect_task_id: 'asked' })).toMatchObject([202, {}]);
    let [, detection] = await ask('GET /detections/asked', bearer);
    while (detection.final_at === undefined) {
      await sleep(250);
      [, detection] = await ask('GET /detections/asked', bearer);
    }
    expect(detection).toMatchObject({ status: 'succeeded', face_count: 2 });
    expect(await ask('GET /detections', `bearer  ${token}`)).toMatchObject([200, {}]);
  });

  it('lets no other request pass, fails at none, and writes nothing', async () => {
    const input = { detect_task_id: 'unwanted' };
    const wrong = token.slice(1) + token.slice(0, 1);
    const hostile: [string, string | string[] | undefined, number[]][] = [
      ['none', undefined, [401]],
      ['empty', '', [401]],
      ['no token', 'Bearer', [401, 403]],
      ['wrong', `Bearer ${wrong}`, [403]],
      ['shorter', `Bearer ${token.slice(1)}`, [403]],
      ['longer', `Bearer ${token}A`, [403]],
      ['another scheme', `Basic ${token}`, [403]],
      ['no scheme', token, [403]],
      ['two tokens', `Bearer ${token},Bearer ${token}`, [403]],
      ['two headers', [`Bearer ${wrong}`, `Bearer ${token}`], [403]],
      ['two headers, the right one first', [`Bearer ${token}`, `Bearer ${wrong}`], [403]],
      ['16 KB', `Bearer ${'A'.repeat(16_384)}`, [403, 431]],
    ];
    const seen: unknown[] = [];
    for (const [what, authorization, allowed] of hostile)
      for (const line of ['POST /detections', 'DELETE /detections/asked', 'GET /detections']) {
        const [status = 0] = await ask(line, authorization, line.startsWith('POST') ? input : undefined);
        seen.push([what, line, allowed.includes(status) ? 'rejected' : status]);
      }
    expect(seen.filter((one) => (one as unknown[])[2] !== 'rejected')).toEqual([]);
    expect(await stack.item('unwanted')).toBeUndefined();
    expect(await stack.item('asked')).toMatchObject({ status: 'succeeded' });
  });

  it('takes two tokens while one replaces the other, and none that was revoked', async () => {
    const second = await tokenBy('--rotate');
    expect(await ask('GET /detections', `Bearer ${second}`)).toMatchObject([200, {}]);
    expect(await ask('GET /detections', `Bearer ${token}`)).toMatchObject([200, {}]);
    await tokenBy('--revoke');
    // What the function reads for it lacks the first.
    const third = await tokenBy('--rotate');
    expect(await ask('GET /detections', `Bearer ${third}`)).toMatchObject([200, {}]);
    expect(await ask('GET /detections', `Bearer ${second}`)).toMatchObject([200, {}]);
    // Spelled otherwise, so that the gateway asks anew.
    expect((await ask('GET /detections', `BEARER ${token}`))[0]).toBe(403);
  });

  it.each<[string, Record<string, string>]>([
    ['n8n', { accept: 'application/json,text/html;q=0.9,*/*;q=0.8', 'user-agent': 'axios/1.12.0' }],
    ['Make', { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'Make/production' }],
  ])('serves %s: it submits by its HTTP request, and resumes by the webhook', async (by, headers) => {
    const received: [method: string | undefined, body: string][] = [];
    await using waiting = await httpServer((asked: http.IncomingMessage, response) => {
      void text(asked).then((body) => {
        received.push([asked.method, body]);
        // The first comes before the workflow waits.
        response.writeHead(received.length === 1 ? 404 : 200).end();
      });
    });
    const body = (await recipe())
      .replace('{{ $execution.id }}', by)
      .replace('{{ $execution.resumeUrl }}', `${waiting.baseUrl}/webhook-waiting/1?signature=2`);
    const sent = { method: 'POST', path: '/detections', isSigned: false, body };
    const authorized = { ...headers, Authorization: `Bearer ${await tokenBy()}` };
    const submit = () => request(stack.outputs['ApiUrl'] ?? '', { ...sent, headers: authorized });
    const answers = [await submit(), await submit()];
    expect(answers.map(({ status }) => status)).toEqual([202, 200]);

    while (received.length < 2) await sleep(250);
    expect(received.map(([method]) => method)).toEqual(['POST', 'POST']);
    const [first, second] = received.map(([, json]) => JSON.parse(json) as { data: Partial<Detection> });
    expect(second).toEqual(first);
    const { media_url } = JSON.parse(body) as { media_url: string };
    expect(second?.data).toMatchObject({ status: 'succeeded', media_url });
    expect(second?.data.faces?.length).toBeGreaterThan(0);
  });

  it('leaves no token in a log', async () => {
    const options = { endpoint: inject('endpoint'), home: inject('temporary') };
    const aws = async <Answer>(...args: string[]): Promise<Answer> =>
      JSON.parse(await runProgram('aws', ['logs', ...args, '--output', 'json'], options)) as Answer;
    const { logGroups } = await aws<{ logGroups: { logGroupName: string }[] }>('describe-log-groups');
    const all: string[] = [];
    for (const { logGroupName } of logGroups.filter((one) => /Token.*Api/.test(one.logGroupName)))
      all.push(JSON.stringify(await aws('filter-log-events', '--log-group-name', logGroupName)));
    expect(all.join('')).toContain('Authorizations');
    expect(given.size).toBeGreaterThan(2);
    for (const one of given) expect(all.join('')).not.toContain(one);
  });
});

/** The body that docs/recipes.md shows. */
async function recipe(): Promise<string> {
  const page = await readFile(join(root, 'docs/recipes.md'), 'utf8');
  return /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
}
