/** The CDK's command line and the AWS CLI as child processes, speaking to the emulator and to nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { awsEnvironment } from '../support/aws-environment.ts';
import { nodePrograms, root } from '../support/folders.ts';
import { pythonPrograms } from '../support/python.ts';

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill();
    process.exit(1);
  });
}

export interface CommandOptions {
  endpoint: string;
  /** Takes what the command would leave in the home folder. */
  home: string;
}

/** Standard output; throws with all that the program said where it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { endpoint, home, cwd = root }: CommandOptions & { cwd?: string },
): Promise<string> {
  const child = spawn(program, args, {
    cwd,
    env: {
      ...awsEnvironment(endpoint),
      PATH: [nodePrograms, pythonPrograms, process.env['PATH']].join(path.delimiter),
      HOME: home,
      TMPDIR: home,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  running.delete(child);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
