/** The proactive controls of AWS Control Tower, 237 rules that an organisation may hold every deployment to. */
import { chmod } from 'node:fs/promises';
import { basename, join } from 'node:path';

import * as z from 'zod/mini';

import { npmFolder } from './fetched.ts';
import { type Linter, noAccessLogs, noVersions, unless } from './linter.ts';

const folder = join(npmFolder, 'node_modules', '@cdklabs', 'cdk-validator-cfnguard');
const system = process.platform === 'darwin' ? 'macos' : 'ubuntu';
const program = join(folder, 'bin', system, process.arch === 'arm64' ? 'aarch64' : 'x86_64', 'cfn-guard');

/** npm unpacks it as a file like any other. */
export const makeGuardExecutable = (): Promise<void> => chmod(program, 0o755);

/** A rule's own sentence, in the text that it prints. */
const control = /\[(CT\.[A-Z\d]+\.PR\.\d+)\]: ([^\\"]+)/;
const GuardAnswer = z.array(z.object({ name: z.string(), not_compliant: z.array(z.unknown()) }));

export const controlTower: Linter = {
  name: 'control tower',
  source: 'npm',
  program,
  args: (files) => [
    'validate',
    '--output-format=json',
    '--structured',
    '--show-summary=none',
    `--rules=${join(folder, 'rules')}`,
    ...files.map((file) => `--data=${file}`),
  ],
  finds: ['CT.SQS.PR.2'],
  read: (answer) =>
    GuardAnswer.parse(JSON.parse(answer)).flatMap(({ name, not_compliant }) =>
      not_compliant.flatMap((broken) => {
        const text = JSON.stringify(broken);
        const [, rule = 'unknown', message = ''] = control.exec(text) ?? [];
        const ids = new Set([...text.matchAll(/"path":"\/Resources\/(\w+)/g)].map(([, id]) => id));
        return [...ids].map((id) => ({ rule, at: `${basename(name)}: ${id}`, message: message.trim() }));
      }),
    ),
  excuses: {
    'CT.CLOUDWATCH.PR.1': unless('alarmsTopic', 'without a topic there is nobody to notify'),
    'CT.CLOUDWATCH.PR.2': unless('logRetention', 'by promise nothing in these logs is needed for a year'),
    'CT.CLOUDWATCH.PR.3':
      '`logKey` obeys it, but the rule does not follow the reference to a key of another stack; CloudWatch encrypts the rest with its own',
    'CT.LAMBDA.PR.2':
      'every permission names the API that may use it, in an ARN that is joined at deployment, which the rule does not read',
    'CT.LAMBDA.PR.3': unless('vpc', 'the functions speak to the public provider and to AWS, both over TLS'),
    'CT.S3.PR.2': noAccessLogs,
    'CT.S3.PR.4': 'nothing follows a picture: the manifest is written last, and an event says that it is',
    'CT.S3.PR.9': noVersions,
    'CT.S3.PR.10': {
      reason: 'S3 encrypts every picture with its own key; `archive.encryptionKey` obeys it',
      obeyedIn: 'archive-with-a-key.json',
    },
    'CT.S3.PR.11': noVersions,
    'CT.STEPFUNCTIONS.PR.2': unless('tracing', 'X-Ray costs by the trace'),
  },
};
