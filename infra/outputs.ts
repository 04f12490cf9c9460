/** What clients find a poller by: outputs of its stack. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { type OutputName, outputs, type PollerOutputs } from '../functions/outputs.ts';
import { InvalidSettingError } from './invalid-setting.ts';
import type { OutputOptions } from './part-options.ts';

/** The prefixes in use, by stack. */
const taken = new WeakMap<Stack, Map<string, string>>();

/** One output for each value that there is. Their names are not made by the CDK: clients must know them. */
export class Outputs extends Construct {
  constructor(scope: Construct, id: string, values: PollerOutputs, options: OutputOptions = {}) {
    super(scope, id);
    const { prefix = defaultPrefix(scope), exported = false } = options;
    const stack = Stack.of(this);
    claimPrefix(stack, prefix, scope.node.path);
    for (const [name, value] of Object.entries(values)) {
      const key = `${prefix}${name}`;
      const output = new CfnOutput(this, name, {
        description: outputs[name as OutputName],
        value,
        ...(exported && { exportName: `${stack.stackName}:${key}` }),
      });
      output.overrideLogicalId(key);
    }
  }
}

/** Logical ids are letters and digits. */
const defaultPrefix = (scope: Construct): string => scope.node.id.replaceAll(/[^A-Za-z\d]/g, '');

function claimPrefix(stack: Stack, prefix: string, path: string): void {
  const prefixes = taken.get(stack) ?? new Map<string, string>();
  const other = prefixes.get(prefix);
  if (other !== undefined)
    throw new InvalidSettingError(
      `outputs.prefix: ${other} and ${path} both have "${prefix}"; give the outputs of one another prefix`,
    );
  taken.set(stack, prefixes.set(prefix, path));
}
