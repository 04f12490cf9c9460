/** Judges that read templates as files: their arguments, their output, and the rules that do not apply to this stack. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as z from 'zod/mini';

import type { RunIn } from '../python.ts';
import { controlTower } from './control-tower.ts';
import type { Finding, Verdict } from './finding.ts';
import { type Linter, noAccessLogs, noVersions, unless } from './linter.ts';
import { plantedFile, plantedTemplate } from './planted.ts';
import type { Audited } from './shapes.ts';

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
  source: 'Python',
  program: 'cfn-lint',
  args: (files) => ['--append-rules', 'cfn_lint_serverless.rules', '--format', 'json', '--', ...files],
  // The last one is a rule of cfn-lint-serverless.
  finds: ['E3002', 'ES4000'],
  read: (answer) =>
    CfnLintAnswer.parse(JSON.parse(answer)).map(({ Rule, Filename, Location, Message }) => ({
      rule: Rule.Id,
      at: `${Filename}: ${(Location.Path ?? []).join('.')}`,
      message: Message,
    })),
  excuses: {
    W3005: 'the CDK states a dependency that a reference already implies, which is harmless',
    ES1007:
      'the rule does not follow an alias; the assertion `asynchronous-retries` does, and finds every invocation configured',
    ES4000:
      'a sweep that fails is followed by the next one, and the sweep repeats deliveries: a dead letter would say what the record says',
    WS1000: unless(
      'tracing',
      'X-Ray costs by the trace, and the logs of a task name each of its invocations',
    ),
    WS1004: 'the rule looks for a log group by its name; the assertion `log-retention` follows the reference',
    WS5000: unless('tracing', 'X-Ray costs by the trace, and the record tells what its executions did'),
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
  source: 'Python',
  program: 'checkov',
  finds: ['CKV_AWS_27'],
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
    CKV_AWS_18: noAccessLogs,
    CKV_AWS_21: noVersions,
    CKV_AWS_111:
      'Lambda places the network interfaces of a function into its VPC by actions that take no resource',
    CKV_AWS_115:
      'reserved concurrency would be taken from the rest of the account; calls are bounded per task, and throttled invocations are retried',
    CKV_AWS_116:
      'the workflow retries a failed invocation, the next sweep a sweep, the sweep a delivery: a dead letter would repeat what DynamoDB holds',
    CKV_AWS_117: unless(
      'vpc',
      'the functions call the public provider and AWS, both over TLS; a VPC needs a NAT gateway and adds no reachable target',
    ),
    CKV_AWS_149:
      'the secret is encrypted with the AWS managed key; to use another key, pass an existing secret, or an `api.authorizer`',
    CKV_AWS_158: unless(
      'logKey',
      'CloudWatch encrypts every log group, and these logs hold nothing confidential',
    ),
    CKV_AWS_173: 'Lambda encrypts every environment, and these hold names and numbers, no secret',
  },
};

export const linters: readonly Linter[] = [cfnLint, checkov, controlTower];

/** Runs the linters on the templates as files, named by their shapes, and on one with planted faults. */
export async function judgeByLinters(
  audited: readonly Audited[],
  run: Readonly<Record<Linter['source'], RunIn | undefined>>,
): Promise<Verdict[]> {
  const folder = await mkdtemp(join(tmpdir(), 'face-detection-poller-'));
  const write = (file: string, template: object): Promise<void> =>
    writeFile(join(folder, file), JSON.stringify(template, undefined, 2));
  try {
    const files = audited.map(({ name }) => `${name.replaceAll(' ', '-')}.json`);
    for (const [index, { template }] of audited.entries()) await write(files[index] ?? '', template);
    await write(plantedFile, plantedTemplate);
    return await Promise.all(
      linters.map(async (linter) => {
        const { name, source, program, args, read } = linter;
        const runProgram = run[source];
        if (runProgram === undefined)
          return { judge: name, findings: [], skipped: `this machine cannot install it from ${source}` };
        return judged(linter, read(await runProgram(program, args([...files, plantedFile]), folder)));
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

const isPlanted = ({ at }: Finding): boolean => at.startsWith(`${plantedFile}:`);

/** Drops excused findings; an excuse without a finding is a finding, too, and so is a planted fault that was not found. */
export function judged(
  { name: judge, excuses, finds }: Pick<Linter, 'name' | 'excuses' | 'finds'>,
  all: readonly Finding[],
): Verdict {
  const own = all.filter((finding) => !isPlanted(finding));
  const found = new Set(own.map(({ rule }) => rule));
  const planted = new Set(all.filter(isPlanted).map(({ rule }) => rule));
  const isExcused = ({ rule, at }: Finding): boolean => {
    const excuse = Object.hasOwn(excuses, rule) ? excuses[rule] : undefined;
    return typeof excuse === 'object' ? !at.startsWith(`${excuse.obeyedIn}:`) : excuse !== undefined;
  };
  return {
    judge,
    findings: [
      ...own.filter((finding) => !isExcused(finding)),
      ...Object.keys(excuses)
        .filter((rule) => !found.has(rule))
        .map((rule) => ({ rule, at: 'all shapes', message: 'is excused, but nothing breaks the rule' })),
      ...finds
        .filter((rule) => !planted.has(rule))
        .map((rule) => ({ rule, at: plantedFile, message: 'is broken there, and was not found' })),
    ],
    excused: Object.entries(excuses).map(
      ([rule, excuse]) => `${rule}: ${typeof excuse === 'object' ? excuse.reason : excuse}`,
    ),
  };
}
