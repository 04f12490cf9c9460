/** cfn-lint and checkov: their arguments, their output, and the rules that do not apply to this stack. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as z from 'zod/mini';

import type { RunInPython } from '../python.ts';
import type { Finding, Verdict } from './finding.ts';
import type { Audited } from './shapes.ts';

/** Why a rule does not apply to this stack, by its id. */
type Excuses = Readonly<Record<string, string>>;

interface Linter {
  readonly name: string;
  readonly args: (files: readonly string[]) => string[];
  /** Throws if the output does not prove that the templates were read. */
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
    W3005: 'the CDK states a dependency that a reference already implies, which is harmless',
  },
};

const CheckovCheck = z.object({
  check_id: z.string(),
  check_name: z.string(),
  file_path: z.string(),
  resource: z.string(),
});
const CheckovAnswer = z.object({
  // Both are absent if there was nothing to check.
  results: z.optional(z.object({ failed_checks: z.array(CheckovCheck) })),
  summary: z.optional(z.object({ passed: z.number(), parsing_errors: z.number() })),
});

const checkov: Linter = {
  name: 'checkov',
  args: (files) => [
    '--framework=cloudformation',
    '--output=json',
    // No requests to the vendor's service.
    '--skip-download',
    ...files.flatMap((file) => ['--file', file]),
  ],
  read: (answer) => {
    const { results, summary } = CheckovAnswer.parse(JSON.parse(answer));
    // checkov passes a file that is not a template.
    if (results === undefined || !summary?.passed || summary.parsing_errors > 0)
      throw new Error('checkov could not read the templates');
    return results.failed_checks.map(({ check_id, check_name, file_path, resource }) => ({
      rule: check_id,
      at: `${file_path.replace(/^\//, '')}: ${resource}`,
      message: check_name,
    }));
  },
  excuses: {
    CKV_AWS_111:
      'Lambda places the network interfaces of a function into its VPC by actions that take no resource',
    CKV_AWS_115:
      'reserved concurrency would be taken from the rest of the account; calls are bounded per task, and throttled invocations are retried',
    CKV_AWS_116:
      'the workflow retries a failed invocation, the next sweep a sweep, the sweep a delivery: a dead letter would repeat what DynamoDB holds',
    CKV_AWS_117:
      'the functions call the public provider and AWS, both over TLS; a VPC would need a NAT gateway and add no reachable target',
    CKV_AWS_149:
      'the secret is encrypted with the AWS managed key; to use another key, pass an existing secret',
    CKV_AWS_158: 'CloudWatch encrypts every log group, and these logs hold nothing confidential',
    CKV_AWS_173: 'Lambda encrypts every environment, and these hold names and numbers, no secret',
  },
};

export const linters: readonly Linter[] = [cfnLint, checkov];

/** Runs the linters on the templates as files, named by their shapes. */
export async function judgeByLinters(
  audited: readonly Audited[],
  run: RunInPython | undefined,
): Promise<Verdict[]> {
  if (run === undefined)
    return linters.map(({ name }) => ({
      judge: name,
      findings: [],
      skipped: 'this machine has no Python ≥ 3.10 with venv',
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

/** Drops excused findings; an excuse without a finding is a finding, too. */
export function judged(judge: string, all: readonly Finding[], excuses: Excuses): Verdict {
  const found = new Set(all.map(({ rule }) => rule));
  const idle = Object.keys(excuses)
    .filter((rule) => !found.has(rule))
    .map((rule) => ({ rule, at: 'all shapes', message: 'is excused, but nothing breaks the rule' }));
  return {
    judge,
    findings: [...all.filter(({ rule }) => !Object.hasOwn(excuses, rule)), ...idle],
    excused: Object.entries(excuses).map(([rule, reason]) => `${rule}: ${reason}`),
  };
}
