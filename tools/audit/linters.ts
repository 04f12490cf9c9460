/** cfn-lint and checkov: how they are asked, what they answer, and what of it does not hold for this stack. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as z from 'zod/mini';

import type { RunInPython } from '../python.ts';
import type { Finding, Verdict } from './finding.ts';
import type { Audited } from './shapes.ts';

/** A rule's id, and why it does not hold for this stack. */
type Excuses = Readonly<Record<string, string>>;

interface Linter {
  readonly name: string;
  readonly args: (files: readonly string[]) => string[];
  /** Throws where the answer is not one about templates. */
  readonly read: (answer: string) => Finding[];
  readonly excuses: Excuses;
}

const CfnLintAnswer = z.array(
  z.object({
    Filename: z.string(),
    Message: z.string(),
    Rule: z.object({ Id: z.string() }),
    Location: z.object({ Path: z.optional(z.nullable(z.array(z.union([z.string(), z.number()])))) }),
  }),
);

const cfnLint: Linter = {
  name: 'cfn-lint',
  args: (files) => ['--format', 'json', '--', ...files],
  read: (answer) =>
    CfnLintAnswer.parse(JSON.parse(answer)).map(({ Rule, Filename, Location, Message }) => ({
      rule: Rule.Id,
      at: `${Filename}: ${(Location.Path ?? []).join('.')}`,
      message: Message,
    })),
  excuses: {
    W3005: 'the CDK writes out a dependency that a reference implies already; it does no harm',
  },
};

const CheckovCheck = z.object({
  check_id: z.string(),
  check_name: z.string(),
  file_path: z.string(),
  resource: z.string(),
});
const CheckovAnswer = z.object({
  // Both are absent where it found nothing to check.
  results: z.optional(z.object({ failed_checks: z.array(CheckovCheck) })),
  summary: z.optional(z.object({ passed: z.number(), parsing_errors: z.number() })),
});

const checkov: Linter = {
  name: 'checkov',
  args: (files) => [
    '--framework=cloudformation',
    '--output=json',
    // Nothing is asked of its makers' service, and nothing told to it.
    '--skip-download',
    ...files.flatMap((file) => ['--file', file]),
  ],
  read: (answer) => {
    const { results, summary } = CheckovAnswer.parse(JSON.parse(answer));
    // It takes a file that is no template for one without faults.
    if (results === undefined || !summary?.passed || summary.parsing_errors > 0)
      throw new Error('checkov could not read the templates');
    return results.failed_checks.map(({ check_id, check_name, file_path, resource }) => ({
      rule: check_id,
      at: `${file_path.replace(/^\//, '')}: ${resource}`,
      message: check_name,
    }));
  },
  excuses: {
    CKV_AWS_115:
      'reserved concurrency is taken from the rest of the account; calls are bounded for each task, and a throttled invocation is tried again',
    CKV_AWS_116:
      'an invocation that fails is tried again by its workflow, a sweep by the next one, a delivery by the sweep: what a dead letter could tell is in DynamoDB',
    CKV_AWS_117:
      'the functions speak to the public provider and to AWS, both over TLS; in a VPC they would need a NAT gateway, and reach nothing that they cannot reach now',
    CKV_AWS_149:
      'the secret is encrypted with the key that AWS keeps for the account; a caller who wants another brings a secret of theirs',
    CKV_AWS_158: 'CloudWatch encrypts every log group; and by promise nothing in these logs is confidential',
    CKV_AWS_173: 'Lambda encrypts every environment; this one holds names and numbers, no secret',
  },
};

export const linters: readonly Linter[] = [cfnLint, checkov];

/** They read the templates as files, named by their shapes. */
export async function judgeByLinters(
  audited: readonly Audited[],
  run: RunInPython | undefined,
): Promise<Verdict[]> {
  if (run === undefined)
    return linters.map(({ name }) => ({
      judge: name,
      findings: [],
      skipped: 'there is no Python ≥ 3.10 with venv on this machine',
    }));
  const folder = await mkdtemp(join(tmpdir(), 'face-detection-poller-'));
  try {
    const files = audited.map(({ name }) => `${name.replaceAll(' ', '-')}.json`);
    for (const [index, { template }] of audited.entries())
      await writeFile(join(folder, files[index] ?? ''), JSON.stringify(template, undefined, 2));
    return await Promise.all(
      linters.map(async ({ name, args, read, excuses }) =>
        judged(name, read(await run(name, args(files), folder)), excuses),
      ),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Leaves out what is excused; an excuse that nothing needs any more is a finding too. */
export function judged(judge: string, all: readonly Finding[], excuses: Excuses): Verdict {
  const found = new Set(all.map(({ rule }) => rule));
  const idle = Object.keys(excuses)
    .filter((rule) => !found.has(rule))
    .map((rule) => ({ rule, at: 'all shapes', message: 'is excused where the rule holds' }));
  return {
    judge,
    findings: [...all.filter(({ rule }) => !Object.hasOwn(excuses, rule)), ...idle],
    excused: Object.entries(excuses).map(([rule, reason]) => `${rule}: ${reason}`),
  };
}
