import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { render } from './references.ts';

/** Tells cdk-nag, ours and that of a caller, why a resource of a policy cannot be narrower. */
export function acknowledgeWildcard(scope: Construct, resource: string, reason: string): void {
  // It names the resource, with every reference in angle brackets.
  const name = render(Stack.of(scope).resolve(resource)).replaceAll(/\$\{(.*?)\}/g, '<$1>');
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${name}]`, reason });
}
