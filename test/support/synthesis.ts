import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';

import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';
import type { FaceDetectionPollerProps } from '../../infra/props.ts';

/** Nothing is bundled, and no picture of the tree is written: these tests are about templates. */
export const unbundled = { treeMetadata: false, context: { 'aws:cdk:bundling-stacks': [] } };
/** Whatever is off by default and has alarms of its own. */
export const everyPart: FaceDetectionPollerProps = { api: { token: true }, archive: true };
export const newStack = (): Stack => new Stack(createApp(unbundled), 'Own');

/** The construct in a user's stack, with what the user adds. */
export function synthesise(
  props: (stack: Stack) => FaceDetectionPollerProps,
  use: (poller: FaceDetectionPoller, stack: Stack) => void = () => {},
): Template {
  const stack = newStack();
  use(new FaceDetectionPoller(stack, 'Poller', props(stack)), stack);
  return Template.fromStack(stack);
}

interface Statement {
  Action: string | string[];
  Resource: unknown;
}
/** What the role of one part may do, by the beginning of the policy's logical id. */
export const statementsOf = (template: Template, prefix: string): Statement[] =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(prefix))
    .flatMap(([, policy]) => {
      const { Properties } = policy as { Properties: { PolicyDocument: { Statement: Statement[] } } };
      return Properties.PolicyDocument.Statement;
    });
export const allowed = (template: Template, prefix: string, service: string): Statement[] =>
  statementsOf(template, prefix).filter(({ Action }) => [Action].flat()[0]?.startsWith(`${service}:`));
/** Of a function, by the beginning of its logical id. */
export const environmentOf = (template: Template, prefix = 'PollerPoll'): Record<string, unknown> => {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const [, code] = functions.find(([id]) => id.startsWith(prefix)) ?? [];
  return (code as unknown as { Properties: { Environment: { Variables: Record<string, unknown> } } })
    .Properties.Environment.Variables;
};

export const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/0123-abcd';
export const importedKey = (stack: Stack): kms.IKey => kms.Key.fromKeyArn(stack, 'Cmk', keyArn);
