/** The construct in a stack of one's own, as the README shows it, beside a second one. */
import { rm } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openDeployedStack } from '../../client/deployed-stack.ts';
import { runCli } from '../support/cli.ts';
import { exampleWith, writeExamples } from '../support/readme-examples.ts';
import { canaryKey, deploy, type Deployment } from './deployment.ts';

describe('two pollers in a stack of one’s own', () => {
  let written: Awaited<ReturnType<typeof writeExamples>>;
  let stack: Deployment;
  beforeAll(async () => {
    written = await writeExamples();
    const example = exampleWith(written, 'extends Stack');
    stack = await deploy('Pictures', { example }, 'test/deploy/own-stack-app.ts', 'Faces');
  });
  afterAll(async () => {
    await stack.end();
    await rm(written.folder, { recursive: true });
  });

  const env = { FACE_POLLER_STACK: 'Pictures', FACE_POLLER_PREFIX: 'Videos' };

  it('have outputs by which the client finds one of them', async () => {
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], 'one');
    await stack.client.start({ detect_task_id: 'one' });
    expect(await stack.client.wait('one', { signal: AbortSignal.timeout(60_000) })).toMatchObject({
      status: 'succeeded',
      face_count: 2,
    });
    await expect(openDeployedStack('Pictures')).rejects.toThrow(/FACE_POLLER_PREFIX: .*Faces or Videos/);
  });

  it('are opened without a look at the stack by their outputs', async () => {
    const opened = await openDeployedStack(stack.outputs);
    stack.simulator.submit([{ step: 'succeeded', faces: 1 }], 'given');
    await opened.client.start({ detect_task_id: 'given' });
    expect(await opened.client.wait('given', { signal: AbortSignal.timeout(60_000) })).toMatchObject({
      status: 'succeeded',
    });
    await opened.close();
  });

  it('have keys, records and checks of their own on the command line', async () => {
    const stored = await runCli(['set-key'], { env, stdin: `${canaryKey}\n` });
    expect(stored).toMatchObject({ code: 0, stderr: '' });
    expect(stored.stdout).not.toContain(stack.outputs['ApiKeySecretArn']);
    stack.simulator.submit([{ step: 'succeeded', faces: 3 }], 'video');
    const started = await runCli(['--json', 'start', 'video', '--wait'], { env });
    expect(started).toMatchObject({ code: 0, stderr: '' });
    expect(started.records()).toMatchObject([{ status: 'succeeded', face_count: 3 }]);
    expect(await stack.client.get('video')).toBeUndefined();
    const unclear = await runCli(['doctor'], { env: { FACE_POLLER_STACK: 'Pictures' } });
    expect(unclear.code).toBe(5);
    expect(unclear.stdout).toMatch(/^failed\tstack\tFACE_POLLER_PREFIX: .*Faces or Videos/m);
  });
});
