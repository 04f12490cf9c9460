/** The completion that the command prints, in the shells themselves: the Tab key at a terminal. */
import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { findPython } from '../../tools/python.ts';
import { runCli, temporaryFolder } from '../support/cli.ts';

const python = await findPython();
const has = (program: string): boolean => {
  try {
    return execFileSync('which', [program], { stdio: 'pipe' }).length > 0;
  } catch {
    return false;
  }
};

/** What a person has in the file that the shell reads first; then the command says what it was given. */
const shells = {
  bash: {
    file: '.bashrc',
    before: '',
    after: `face-poller() { echo "given: $*."; }; PS1='ready'`,
    start: (folder: string) => ['bash', '--rcfile', `${folder}/.bashrc`, '-i'],
  },
  zsh: {
    file: '.zshrc',
    before: 'autoload -U compinit && compinit -u -D',
    after: `face-poller() { echo "given: $*."; }; PS1='ready'`,
    start: (folder: string) => ['env', `ZDOTDIR=${folder}`, 'zsh', '-i'],
  },
  fish: {
    file: 'config.fish',
    before: '',
    after:
      'function face-poller; echo "given: $argv."; end; function fish_prompt; echo ready; end; function fish_greeting; end',
    start: (folder: string) => ['fish', '--no-config', '--init-command', `source ${folder}/config.fish`],
  },
};

describe('completion', () => {
  const terminal = path.join(import.meta.dirname, 'terminal.py');

  it.for(Object.entries(shells))('completes a verb and its option in %s', async ([shell, use], { skip }) => {
    const missing = [shell, 'python3'].filter((program) => !has(program));
    if (missing.length > 0 || python === undefined) {
      if (process.env['CI']) throw new Error(`This proof needs ${shell} and Python 3.10 or later.`);
      console.log(`${shell} or Python 3.10 is missing: its completion was not tried.`);
      return skip();
    }
    await using folder = await temporaryFolder();
    const { stdout } = await runCli(['completion', shell]);
    await writeFile(path.join(folder.path, use.file), [use.before, stdout, use.after, ''].join('\n'));
    const keys = 'face-poller dete\t--idem\t\r';
    const typed = ['ready', keys, 'given: detect --idempotency-key', ...use.start(folder.path)];
    const env = { ...process.env, HOME: folder.path, TERM: 'dumb' };
    const shown = await promisify(execFile)(python, [terminal, ...typed], { env });
    expect(shown.stdout).toContain('given: detect --idempotency-key');
  });
});
