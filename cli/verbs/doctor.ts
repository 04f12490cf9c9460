/** `doctor`: looks at everything that polling needs, and says of each fault what to do. */
import { styleText } from 'node:util';

import { exitCode } from '../../client/exit-code.ts';
import type { Session } from '../program.ts';

/** What one check came to. Sentences without the key, the provider's words and stack traces. */
export type Finding =
  | { check: string; result: 'ok' | 'skipped'; says: string }
  | { check: string; result: 'failed'; says: string; fix: string };

export type Verdict = Finding extends infer One ? (One extends Finding ? Omit<One, 'check'> : never) : never;

export const ok = (says: string): Verdict => ({ result: 'ok', says });
export const skipped = (says: string): Verdict => ({ result: 'skipped', says });
export const failed = (says: string, fix: string): Verdict => ({ result: 'failed', says, fix });

const marks = {
  ok: { sign: '✓', colour: 'green' },
  failed: { sign: '✗', colour: 'red' },
  skipped: { sign: '–', colour: 'dim' },
} as const satisfies Record<Finding['result'], { sign: string; colour: string }>;

export function addDoctor({ program, examine, connection, format, stdout, exitWith }: Session): void {
  program
    .command('doctor')
    .description('check everything that polling needs, and say what to fix')
    .action(async () => {
      const show = format() === 'json' ? JSON.stringify : stdout.isTTY ? drawn : plain;
      let isWell = true;
      for await (const finding of examine(connection())) {
        stdout.write(`${show(finding)}\n`);
        if (finding.result === 'failed') isWell = false;
      }
      exitWith(isWell ? exitCode.done : exitCode.infrastructure);
    });

  function drawn(finding: Finding): string {
    const { sign, colour } = marks[finding.result];
    const line = `${styleText(colour, sign, { stream: stdout })} ${finding.check.padEnd(14)} ${finding.says}`;
    return finding.result === 'failed' ? `${line}\n  ${''.padEnd(14)} → ${finding.fix}` : line;
  }
}

const plain = (finding: Finding): string =>
  [finding.result, finding.check, finding.says, ...('fix' in finding ? [finding.fix] : [])].join('\t');
