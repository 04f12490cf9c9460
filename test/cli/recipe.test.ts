/** The recipe from a picture to a swap, as it is printed: run by a shell, with a `curl` that only says what it would send. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { root } from '../support/folders.ts';
import { useMachine } from '../support/one-machine.ts';
import { pictures } from '../support/pictures.ts';

const page = readFileSync(path.join(root, 'docs/recipes.md'), 'utf8');
const [, recipe = ''] = /^## From a picture to a swap$[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(page) ?? [];

/** In the place of what the shell would call. */
const programs = {
  npx: `shift; exec "${process.execPath}" "${path.join(root, 'cli/face-poller.js')}" "$@"`,
  jq: `exec "${process.execPath}" -p "JSON.parse(require('fs').readFileSync(0, 'utf8'))['\${2#.}']"`,
  curl: String.raw`printf '%s\n' "$@" > sent.txt`,
};

describe('the recipe from a picture to a swap', { timeout: 60_000 }, () => {
  const machine = useMachine();

  it('is three commands, and the last sends the documented body under the key of the environment', async () => {
    expect(recipe.trimEnd().split('\n')).toHaveLength(3);
    const bin = path.join(machine.folder, 'bin');
    await mkdir(bin);
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(path.join(bin, name), 0o755);
    }
    await writeFile(path.join(machine.folder, 'group.jpg'), pictures.jpeg);
    const env = { ...machine.env, PATH: `${bin}:${process.env['PATH']}` };
    const script = `${recipe}cat sent.txt`;
    const run = promisify(execFile)('sh', ['-eu', '-c', script], { cwd: machine.folder, env });
    const sent = (await run).stdout.trimEnd().split('\n');

    const [task] = machine.simulator.created;
    const [record] = (await machine.run(['get', task?.detectTaskId ?? '', '--json'])).records();
    expect(sent.slice(0, 4)).toEqual([
      '-X',
      'POST',
      'https://api.crun.ai/api/v1/client/job/CreateTask',
      '-H',
    ]);
    expect(sent).toContain(`x-api-key: ${machine.env['CRUN_API_KEY']}`);
    expect(JSON.parse(sent.at(-1) ?? '')).toEqual({
      model: 'image-face-swap-multi',
      input: {
        detect_id: record?.detect_id,
        image_url: task?.mediaUrl,
        faces: record?.faces?.map(({ id, link }) => ({
          face_id: id,
          target: id === 0 ? 'https://example.com/new.jpg' : link,
        })),
        disable_safety_checker: false,
      },
    });
    expect(machine.simulator.created).toHaveLength(1);
  });
});
