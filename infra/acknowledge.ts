import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { render } from './references.ts';

/** States for cdk-nag, in this project and in a user's app, why a policy's resource cannot be narrower. */
export function acknowledgeWildcard(scope: Construct, resource: string, reason: string): void {
  // The rule's id holds the resource, with every reference in angle brackets.
  const name = render(Stack.of(scope).resolve(resource)).replaceAll(/\$\{(.*?)\}/g, '<$1>');
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${name}]`, reason });
}
