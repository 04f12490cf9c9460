/** Lambda's quota for the environment of a function, which is otherwise met by the deployment alone. */
import { CfnResource, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnAlias } from 'aws-cdk-lib/aws-lambda';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { refuse } from './invalid-setting.ts';

/** For all variables of a function together, names included. */
const maxBytes = 4_096;

/** A reference counts as what its value will have at least, for only the deployment knows the value. */
export function checkEnvironmentSize(
  scope: Construct,
  module: string,
  environment: Readonly<Record<string, string>>,
): void {
  const sizes = Object.entries(environment).map(([name, value]) => ({
    name,
    bytes: Buffer.byteLength(name) + leastBytesOf(scope, value),
  }));
  const bytes = sizes.reduce((sum, each) => sum + each.bytes, 0);
  if (bytes <= maxBytes) return;
  const [longest] = sizes.toSorted((a, b) => b.bytes - a.bytes);
  refuse(
    `${module}: its environment has at least ${bytes} bytes, most of them in ${longest?.name}; Lambda takes ${maxBytes}`,
  );
}

function leastBytesOf(scope: Construct, value: string): number {
  const literalBytes = Buffer.byteLength(value.replaceAll(/\$\{Token\[.*?\]\}/g, ''));
  return Tokenization.reverseString(value).tokens.reduce(
    (sum, token) => sum + (Reference.isReference(token) ? leastReferred(scope, token) : 0),
    literalBytes,
  );
}

const arn = (rest: string): string => `arn:aws:${rest}`;
const account = '0'.repeat(12);
const place = `us-east-1:${account}`;
const pseudoParameters: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': account,
};

/** No region or partition has a shorter name than these. */
function leastReferred(scope: Construct, { target, displayName }: Reference): number {
  const form = CfnResource.isCfnResource(target) ? formOf(target) : undefined;
  if (form === undefined) return pseudoParameters[displayName]?.length ?? 0;
  const name: unknown = Stack.of(scope).resolve(form.name);
  if (name === undefined) return form.around.length + leastGenerated(form);
  return form.around.length + (typeof name === 'string' ? Buffer.byteLength(name) : 0);
}

interface Form {
  target: CfnResource;
  /** What stands around the name. */
  around: string;
  name: string | undefined;
  hasStackName: boolean;
}

/** How CloudFormation answers a reference to what the functions are given. */
function formOf(target: CfnResource): Form | undefined {
  const named = (around: string, name: string | undefined, hasStackName = false): Form => ({
    target,
    around,
    name,
    hasStackName,
  });
  if (target instanceof CfnStateMachine)
    return named(arn(`states:${place}:stateMachine:`), target.stateMachineName);
  if (target instanceof CfnSecret) return named(arn(`secretsmanager:${place}:secret:-AbCdEf`), target.name);
  if (target instanceof CfnAlias) return named(arn(`lambda:${place}:function::live`), undefined, true);
  if (target instanceof CfnGlobalTable) return named('', target.tableName, true);
  if (target instanceof CfnBucket) return named('', target.bucketName, true);
  return undefined;
}

/** Of a generated name: the stack's where it begins with it, the logical id, and twelve random letters. */
function leastGenerated({ target, hasStackName }: Form): number {
  const stack = Stack.of(target);
  const parts = [...(hasStackName ? [stack.stackName] : []), stack.getLogicalId(target)];
  // Of a name that would be too long, this much of each part is left.
  return parts.reduce((sum, part) => sum + Math.min(part.length, 24) + 1, 12);
}
