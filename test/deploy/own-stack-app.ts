/** An app with the README's stack (`-c example=…`) and a second poller in it, for the provider and life of a test. */
import { RemovalPolicies, type Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPoller } from '../../infra/poller.ts';

const app = createApp();
const context = (name: string): string => String(app.node.getContext(name));
const { PicturesStack } = (await import(context('example'))) as {
  PicturesStack: new (scope: typeof app) => Stack;
};

const stack = new PicturesStack(app);
new FaceDetectionPoller(stack, 'Videos', { monitoring: false });
RemovalPolicies.of(stack).destroy();
for (const construct of stack.node.findAll())
  if (construct instanceof lambda.CfnFunction && construct.node.path.includes('/Poll/'))
    construct.addPropertyOverride('Environment.Variables.CRUN_BASE_URL', context('baseUrl'));
