/** `doctor`: checks everything that polling needs, and says how to fix each fault. */
import { styleText } from 'node:util';

import { toJson } from '../../client/safe-text.ts';
import type { Finding } from '../doctor/check-result.ts';
import { exitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';

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
      const show = format() === 'json' ? toJson : stdout.isTTY ? drawn : plain;
      let isHealthy = true;
      for await (const finding of examine(connection())) {
        stdout.write(`${show(finding)}\n`);
        if (finding.result === 'failed') isHealthy = false;
      }
      exitWith(isHealthy ? exitCode.done : exitCode.infrastructure);
    });

  function drawn(finding: Finding): string {
    const { sign, colour } = marks[finding.result];
    const line = `${styleText(colour, sign, { stream: stdout })} ${finding.check.padEnd(14)} ${finding.message}`;
    return finding.result === 'failed' ? `${line}\n  ${''.padEnd(14)} → ${finding.fix}` : line;
  }
}

const plain = (finding: Finding): string =>
  [finding.result, finding.check, finding.message, ...('fix' in finding ? [finding.fix] : [])].join('\t');
