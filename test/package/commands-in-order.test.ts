/** What the pages let a new user type on one machine, in their order and in one data folder: no command undoes another. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runHere } from '../support/cli-in-process.ts';
import { type Ended, firstLine, startCli, temporaryFolder } from '../support/cli.ts';
import { root } from '../support/folders.ts';

/** The arguments of each line that calls the command, without its comment. */
function commandsOf(page: string, heading: string): string[][] {
  const [, after = ''] = readFileSync(path.join(root, page), 'utf8').split(
    new RegExp(`^## ${heading}$`, 'm'),
  );
  const [part = ''] = after.split(/^## /m);
  return [...part.matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, text = '']) => text.split('\n'))
    .filter((line) => line.startsWith('npx face-poller '))
    .map((line) =>
      line
        .replace(/ +#.*$/, '')
        .split(' ')
        .slice(2),
    );
}

describe("the pages' commands", { timeout: 60_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { FACE_POLLER_DATA: path.join(folder.path, 'data') };
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const run = (args: readonly string[], more = {}): Promise<Ended> =>
    runHere(args, { env: { ...env, ...more } });

  it('of the first page detect, and build the swap of what was detected', async () => {
    const [detect = [], , swap = []] = commandsOf('README.md', 'Start on one machine');
    expect([detect[0], swap[0]]).toEqual(['detect', 'swap-request']);
    const detected = await run([...detect, '--json']);
    expect(detected).toMatchObject({ code: 0, stderr: '' });
    const id = detected.records()[0]?.detect_task_id ?? '';
    const swapped = await run(swap.map((word) => (word === '<detect_task_id>' ? id : word)));
    expect(swapped).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('curl ') as string,
    });
  });

  it('of the page for receivers then push to a receiver that verifies', async () => {
    const [listen = [], start = []] = commandsOf('docs/receive-the-push.md', 'Try it');
    expect([listen[0], start[0]]).toEqual(['listen', 'start']);
    const free = listen.map((word) => (word === '8080' ? '0' : word));
    const listening = startCli(free, { env });
    try {
      const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(await firstLine(listening, 'stderr')) ?? [];
      const args = start.map((word) => word.replace('8080', port));
      expect(await run(args, { FACE_POLLER_LOOPBACK_CALLBACKS: '1' })).toMatchObject({ code: 0 });
    } finally {
      listening.child.kill('SIGINT');
    }
    expect((await listening.ended).stdout).toContain('sample-group');
  });
});
