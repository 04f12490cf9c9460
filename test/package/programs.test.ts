/** The command, and programs on each export. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestStack, testWebhookSecret } from '../../exports/testing.ts';
import manifest from '../../package.json' with { type: 'json' };
import { root } from '../support/folders.ts';
import { type Consumer, createConsumer, tarball } from './consumer.ts';
import { exampleWith } from './pictures.ts';

const exported = Object.keys(manifest.exports)
  .filter((name) => !/json|^\.$/.test(name))
  .map((name) => name.replace('.', manifest.name));

const program = `
  import { type Detection, openDeployedStack, RejectedRequestError } from 'face-detection-poller/client';
  import { startTestStack } from 'face-detection-poller/testing';
  import { verifyWebhook, WebhookVerificationError } from 'face-detection-poller/webhooks';

  const stack = await startTestStack();
  stack.simulator.submit([{ step: 'after', ms: 60_000 }, { step: 'succeeded', faces: 2 }], 'one');
  const started: Detection = await stack.client.start({ detect_task_id: 'one', metadata: { order: 7 } });
  const detection = await stack.client.wait(started.detect_task_id, { signal: AbortSignal.timeout(60_000) });
  console.log(detection?.status, detection?.faces?.length);
  await stack.close();
  await openDeployedStack({}).catch((error: unknown) => console.log(String(error)));
  try {
    verifyWebhook('none', {}, '');
  } catch (error) {
    console.log(error instanceof WebhookVerificationError, RejectedRequestError.name);
  }
`;
const printed =
  'succeeded 2\nUserError: StateMachineArn: must be the value of the output of that name\ntrue RejectedRequestError\n';
const untyped = program.replaceAll(/type Detection, |: Detection|: unknown/g, '');

const receiver = `
  const express = require('express');
  const { verifyWebhook } = require('face-detection-poller/webhooks');
  const app = express();
  app.post('/hook', express.raw({ type: '*/*' }), (request, response) => {
    const now = () => Number(request.headers['webhook-timestamp']) * 1000;
    const event = verifyWebhook(process.env.SECRET, request.headers, request.body, { now });
    console.log(event.type, event.data.detect_task_id);
    response.sendStatus(204);
  });
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

describe('a consumer', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await createConsumer({ name: 'consumer', version: '1.0.0' });
    await consumer.install(tarball());
  });
  afterAll(() => consumer.close());

  it('gets no esbuild, no Node, no CDK, and at most half of what the repository installs', async () => {
    const installed = await readdir(path.join(consumer.folder, 'node_modules'));
    for (const name of ['esbuild', 'aws-cdk-lib', 'node-for-development', 'preact'])
      expect(installed).not.toContain(name);
    expect(await readdir(path.join(consumer.folder, 'node_modules/.bin'))).not.toContain('node');
    const megabytes = async (folder: string) =>
      Number((await consumer.mustRun(`du -sm ${folder}`)).split('\t')[0]);
    const [own, repository] = [
      await megabytes('node_modules'),
      await megabytes(path.join(root, 'node_modules/')),
    ];
    expect(own).toBeLessThan(repository / 2);
    const page = readFileSync(path.join(root, 'docs/package.md'), 'utf8');
    const [, ...stated] =
      /(\d+) MB without the CDK; the repository's own install takes (\d+) MB/.exec(page) ?? [];
    for (const [index, measured] of [own, repository].entries())
      expect(Math.abs(Number(stated[index]) / measured - 1), `docs/package.md: ${measured} MB`).toBeLessThan(
        0.1,
      );
  });

  it.each([22, 24] as const)('sees the tour and a healthy machine by npx, on Node %i', async (node) => {
    const env = { FACE_POLLER_DATA: path.join(consumer.folder, `data-${node}`) };
    const tour = await consumer.mustRun('npx --no-install face-poller', { node, env });
    expect(tour).toMatch(/│ succeeded │ 5 faces {2,}│|succeeded\t5 faces/);
    const lines = [...tour.matchAll(/^ {2}(?:CRUN_API_KEY=<your key> )?(.* face-poller .*)$/gm)];
    const commands = lines.map(([, command = '']) => command);
    expect(commands).toHaveLength(5);
    // What is left needs a browser, or a key and a picture.
    const [console, detect] = [commands.shift(), commands.pop()];
    expect([console, detect]).toEqual([
      'npx face-poller console --open',
      'npx face-poller detect <url or file> --wait',
    ]);
    for (const command of commands) expect(await consumer.mustRun(command, { node, env })).not.toBe('');
    const doctor = await consumer.mustRun('npx --no-install face-poller doctor', { node, env });
    expect(doctor).toMatch(/^ok\tdatabase\t/m);
    expect(doctor).not.toMatch(/^failed/m);
    expect(await consumer.mustRun('npx --no-install face-poller --version', { node })).toBe(
      `${manifest.version}\n`,
    );
  });

  it('of the repository itself finds the command by npx too', async () => {
    const npx = promisify(execFile)('npx', ['--no-install', 'face-poller', '--version'], { cwd: root });
    expect((await npx).stdout).toBe(`${manifest.version}\n`);
  });

  it.each([22, 24] as const)('may require() each export on Node %i', async (node) => {
    await consumer.write({
      'require.cjs': `for (const name of ${JSON.stringify(exported)}) console.log(name, Object.keys(require(name)).length > 1);`,
    });
    const said = await consumer.mustRun('node require.cjs', { node });
    expect(said.match(/ true$/gm)).toHaveLength(exported.length);
  });

  it.each([22, 24] as const)('runs a program in JavaScript on Node %i', async (node) => {
    await consumer.write({ 'program.mjs': untyped });
    expect(await consumer.mustRun('node program.mjs', { node })).toBe(printed);
  });

  it('compiles a program in TypeScript, by either way to find modules, without skipping declarations', async () => {
    await consumer.install('typescript@5.9', '@types/node@22');
    await consumer.write({ 'program.mts': program, 'readme.mts': exampleWith('openDeployedStack') });
    const strict =
      '--strict --noEmit --target es2024 --lib es2024,esnext.disposable --types node program.mts readme.mts';
    for (const resolution of ['nodenext', 'bundler']) {
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
      const tsc = `tsc --module ${module} --moduleResolution ${resolution} --skipLibCheck false ${strict}`;
      const { output } = await consumer.run(tsc);
      // What others declare is not ours to mend.
      expect(
        output.split('\n').filter((line) => /^program|^readme|face-detection-poller/.test(line)),
      ).toEqual([]);
    }
  });

  it('verifies a webhook in Express', async () => {
    await consumer.install('express@5');
    await consumer.write({ 'receiver.cjs': receiver });
    await using stack = await startTestStack();
    const { spawn } = await import('node:child_process');
    const server = spawn('node', ['receiver.cjs'], {
      cwd: consumer.folder,
      env: { ...process.env, SECRET: testWebhookSecret },
    });
    const lines = server.stdout.setEncoding('utf8').iterator() as AsyncIterator<string>;
    const port = String((await lines.next()).value);
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'pushed');
    await stack.client.start({
      detect_task_id: 'pushed',
      callback_url: `http://127.0.0.1:${port.trim()}/hook`,
    });
    await stack.client.wait('pushed');
    await stack.delivered();
    expect((await lines.next()).value).toBe('face_detection.succeeded pushed\n');
    server.kill();
  });
});
