/** States for cdk-nag, in this project and in a user's app, why a rule does not apply. */
import * as cdk from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';

import { render } from './references.ts';

/** `rule`: of the pack AwsSolutions. Versions of aws-cdk-lib before 2.258 have nowhere to state it. */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  // oxlint-disable-next-line typescript/no-unnecessary-condition
  const validations = (cdk as Partial<typeof cdk>).Validations;
  validations?.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

/** Why a policy's resource cannot be narrower. */
export function acknowledgeWildcard(scope: IConstruct, resource: string, reason: string): void {
  // The rule's id holds the resource, with every reference in angle brackets.
  const name = render(cdk.Stack.of(scope).resolve(resource)).replaceAll(/\$\{(.*?)\}/g, '<$1>');
  acknowledge(scope, `IAM5[Resource::${name}]`, reason);
}

/** The same for what a grant adds: once for all functions of the poller, and at any other principal, which is outside. */
export function acknowledgeGrant(
  poller: IConstruct,
  { grantPrincipal }: iam.IGrantable,
  resource: string,
  reason: string,
): void {
  const isOutside = Construct.isConstruct(grantPrincipal) && !grantPrincipal.node.scopes.includes(poller);
  acknowledgeWildcard(isOutside ? grantPrincipal : poller, resource, reason);
}
