import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { beforeAll, describe, expect, inject, it } from 'vitest';

import { root } from '../support/folders.ts';
import { runProgram } from './commands.ts';
import { canaryKey, deploy, type Deployment } from './deployment.ts';
import { awsCommands } from './shell-commands.ts';

const detectTaskId = 'dit60yt8reqplt1c16';
const parse = (json: string): Record<string, unknown> => JSON.parse(json) as Record<string, unknown>;

describe('the AWS CLI commands', () => {
  let stack: Deployment;
  beforeAll(async () => {
    stack = await deploy('FaceDetectionPoller');
    return stack.end;
  });

  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const { output, commands } = awsCommands('README.md');
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const run = (script: string): Promise<string> =>
    runProgram('bash', ['-euo', 'pipefail', '-c', script], options);
  /** The one command of a page that holds these words, run as it is printed. */
  async function runPrinted(words: string, of = commands): Promise<string> {
    const found = of.filter((command) => command.includes(words));
    expect(found).toHaveLength(1);
    return run(`${output}\n\n${found[0]}`);
  }
  /** What the README prints below a command. */
  const printedAfter = (words: string): string => {
    const after = readme.slice(readme.indexOf(words));
    return /```(?:json|text)\n(.*?)```/s.exec(after)?.[1] ?? '';
  };

  it('of the README store the key, start an execution and read its record, verbatim', async () => {
    await stack.storeKey('not-yet');
    await writeFile(`${options.home}/crun-api-key.txt`, `${canaryKey}\n`);
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], detectTaskId);

    const setKey = 'export FACE_POLLER_STACK=FaceDetectionPoller\nnpx face-poller set-key';
    expect(readme).toContain(`${setKey}\n`);
    await run(`${setKey} < ${options.home}/crun-api-key.txt`);
    const started = parse(await runPrinted('start-execution'));
    const { executionArn } = started;
    expect(Object.keys(started)).toEqual(Object.keys(parse(printedAfter('start-execution'))));
    expect(executionArn).toMatch(new RegExp(`:1-${detectTaskId}$`));
    await stack.ended(String(executionArn));

    const answer = parse(await runPrinted('get-item'));
    const printed = printedAfter('get-item').replaceAll('https://cdn.crun.example', stack.simulator.baseUrl);
    const { detect_id, usable_until, ...rest } = parse(printed);
    expect(answer).toMatchObject(rest);
    expect(Object.keys(answer).toSorted()).toEqual(
      Object.keys({ ...rest, detect_id, usable_until }).toSorted(),
    );
  });

  it('of the README are all run here', () => {
    expect(commands.map((command) => / (\w+(-\w+)+|query) /.exec(command)?.[1])).toEqual([
      'start-execution',
      'get-item',
    ]);
  });

  it('of the recipes find the newest records, expired leases, and what can still be used', async () => {
    const { commands: recipes } = awsCommands('docs/recipes.md');
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], detectTaskId);
    await stack.client.start({ detect_task_id: detectTaskId });
    await stack.client.wait(detectTaskId, { signal: AbortSignal.timeout(60_000) });

    expect(parse(await runPrinted('--index-name by_status', recipes))).toMatchObject({
      Items: [{ detect_task_id: { S: detectTaskId } }],
    });
    expect(parse(await runPrinted('--index-name due', recipes))).toMatchObject({ Items: [] });
    const { Item } = parse(await runPrinted('usable_until', recipes));
    expect(Object.keys(Item as object).toSorted()).toEqual([
      'detect_id',
      'usable_until',
      'usable_until_assumed',
    ]);
    expect(recipes).toHaveLength(3);
  });
});
