import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import { hostileAnswers } from '../support/hostile-answers.ts';
import { useMachine } from '../support/one-machine.ts';

const apiKey = ['canary', 'key', 'on', 'd15k'].join('-');
const signingKey = 'a key that only the tests know';
const secret = `whsec_${Buffer.from(signingKey).toString('base64')}`;
// Like no other word: the database compresses what comes again.
const link = 'qj7vz2kx';
const words = 'w0rd5up0nt';
const note = 'm3t4b1g';
const media = 'ph0thgl9';

const hostile = Object.entries(hostileAnswers({ key: apiKey, words, host: `${link}.example` }));

/** What each file below a folder holds; sockets hold nothing. */
async function filesBelow(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.relative(folder, file), await readFile(file, 'latin1'));
  }
  return files;
}

describe.each(workflowTypes)('the disk of one machine, with %s', { timeout: 240_000 }, (type) => {
  const machine = useMachine({ apiKey });

  it('has faces in the database alone, our keys nowhere, and neither in what is printed', async () => {
    const env = {
      FACE_POLLER_WEBHOOK_SECRET: secret,
      FACE_POLLER_LOOPBACK_CALLBACKS: '1',
      FACE_POLLER_WORKFLOW_TYPE: type,
      TMPDIR: machine.folder,
    };
    const run = (...args: string[]) => machine.start(args, { env }).ended;
    const faces = [{ id: 0, link: `https://${link}.example/0.jpg` }];
    machine.simulator.submit([{ step: 'succeeded', faces }], 'answered');
    for (const [step, script] of hostile) machine.simulator.submit(script, step);
    // No server listens there, so that the error of a delivery is noted too.
    const callback = `http://127.0.0.1:9/${note}`;
    const more = ['--callback-url', callback, '--media-url', `https://${media}.example/me.jpg`];
    const [alone, many] = await Promise.all([
      run('start', 'answered', ...more, '--metadata', JSON.stringify({ note })),
      // Whatever never ends is waited for in vain, and by this deadline for seconds: a busy machine has a poll for each.
      run('start', ...hostile.map(([step]) => step), '--deadline', '10s'),
    ]);
    const listed = await run('list');
    expect([alone, many, listed].map(({ code }) => code)).toEqual([0, 3, 0]);
    expect(listed.stdout).toMatch(/^failed\tfailed\t/m);
    // One task alone is printed with its record.
    const said = [alone.stderr, many.stdout, many.stderr, listed.stdout, listed.stderr].join('\n');
    for (const hidden of [apiKey, secret, signingKey]) expect(said + alone.stdout).not.toContain(hidden);
    for (const hidden of [link, words, note, media]) expect(said).not.toContain(hidden);

    const files = await filesBelow(machine.folder);
    const holding = (text: string): string[] =>
      [...files].filter(([, content]) => content.includes(text)).map(([file]) => file);
    expect(holding(apiKey)).toEqual([]);
    for (const personal of [link, words, note, media]) {
      const outside = holding(personal).filter((file) => !file.startsWith(path.join('data', 'database')));
      expect([personal, outside]).toEqual([personal, []]);
    }
    // It is there, so that the check above can fail.
    expect(holding(link)).not.toEqual([]);
  });
});
