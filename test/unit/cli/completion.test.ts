import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { run } from '../../support/cli-in-process.ts';

const scriptFor = async (shell: string): Promise<string> => (await run(['completion', shell])).stdout;

/** What bash would offer for the last word. */
function completed(script: string, ...typed: string[]): string[] {
  const line = typed.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(face-poller ${line}); COMP_CWORD=${typed.length}; _face_poller; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

describe('completion', () => {
  it('in bash offers verbs, then the options of a verb and of the program', async () => {
    const script = await scriptFor('bash');
    expect(completed(script, 're')).toEqual(['retry', 'redeliver', 'reset-rate']);
    expect(completed(script, 'start', 'some-id', '--m')).toEqual(['--media-url', '--metadata']);
    expect(completed(script, '--json', 'list', '--re')).toEqual(['--region']);
    expect(completed(script, 'doctor', '--wait')).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'])('in %s knows every verb that the help lists', async (shell) => {
    const { stdout: help } = await run(['--help']);
    const verbs = [...help.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, verb = '']) => verb);
    expect(verbs.length).toBeGreaterThan(10);
    const script = await scriptFor(shell);
    for (const verb of verbs.filter((name) => name !== 'help'))
      expect(script).toMatch(new RegExp(`\\b${verb}\\b`));
  });

  it('names the shells that it knows, and the near verb of a wrong one', async () => {
    const { code, stderr } = await run(['completion', 'tcsh']);
    expect([code, stderr]).toEqual([1, 'shell: must be one of bash, zsh, fish\n']);
    expect((await run(['strat', 'some-id'])).stderr).toContain('Did you mean start?');
  });
});
