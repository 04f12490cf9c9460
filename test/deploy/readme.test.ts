import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { runProgram } from './commands.ts';
import { canaryKey, deploy, type Deployment } from './deployment.ts';
import { root } from './folders.ts';
import { awsCommands } from './shell-commands.ts';

const detectTaskId = 'dit60yt8reqplt1c16';

describe('the AWS CLI commands', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('FaceDetectionPoller');
  });
  afterAll(async () => {
    await stack.destroy();
    await stack.close();
  });

  const { output, commands } = awsCommands('README.md');
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const run = (script: string): Promise<string> =>
    runProgram('bash', ['-euo', 'pipefail', '-c', script], options);
  /** The one command of a page that holds these words, run as it is printed. */
  async function runPrinted(words: string, of = commands): Promise<Record<string, unknown>> {
    const found = of.filter((command) => command.includes(words));
    expect(found).toHaveLength(1);
    return JSON.parse(await run(`${output}\n\n${found[0]}`)) as Record<string, unknown>;
  }

  it('of the README store the key, start an execution and read its record, verbatim', async () => {
    await stack.storeKey('not-yet');
    await writeFile(`${options.home}/crun-api-key.txt`, `${canaryKey}\n`);
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], detectTaskId);

    const setKey = 'export FACE_POLLER_STACK=FaceDetectionPoller\nnpm start -- set-key';
    expect(await readFile(path.join(root, 'README.md'), 'utf8')).toContain(`${setKey}\n`);
    await run(`${setKey} < ${options.home}/crun-api-key.txt`);
    const { executionArn } = await runPrinted('start-execution');
    expect(executionArn).toMatch(new RegExp(`:1-${detectTaskId}$`));
    await stack.ended(String(executionArn));

    const { Item } = await runPrinted('get-item');
    expect(Item).toMatchObject({ detect_task_id: { S: detectTaskId }, status: { S: 'succeeded' } });
    expect(Item).toMatchObject({ faces: { L: [{ M: { id: { N: '0' } } }, { M: { id: { N: '1' } } }] } });
    const { Items } = await runPrinted('by_status');
    expect(Items).toMatchObject([{ detect_task_id: { S: detectTaskId }, face_count: { N: '2' } }]);
  });

  it('of the README are all run here', () => {
    expect(commands.map((command) => / (\w+(-\w+)+|query) /.exec(command)?.[1])).toEqual([
      'start-execution',
      'get-item',
      'query',
    ]);
  });

  it('of the recipes find what is overdue, what is newest, and what can still be used', async () => {
    const { commands: recipes } = awsCommands('docs/recipes.md');
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], detectTaskId);
    await stack.client.start({ detect_task_id: detectTaskId });
    await stack.client.wait(detectTaskId, { signal: AbortSignal.timeout(60_000) });

    expect(await runPrinted('--index-name by_status', recipes)).toMatchObject({
      Items: [{ detect_task_id: { S: detectTaskId } }],
    });
    expect(await runPrinted('--index-name due', recipes)).toMatchObject({ Items: [] });
    const { Item } = await runPrinted('usable_until', recipes);
    expect(Object.keys(Item as object).toSorted()).toEqual([
      'detect_id',
      'usable_until',
      'usable_until_assumed',
    ]);
    expect(recipes).toHaveLength(3);
  });
});
