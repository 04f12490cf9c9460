/** The stack as it is, but that its archive may read from the simulator, and its bucket may be asked over plain HTTP. */
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';

import { readConfig } from '../../infra/config.ts';
import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';

const app = createApp();
const { stackName, ...props } = readConfig(app.node.getAllContext());
const stack = new FaceDetectionPollerStack(app, stackName, props);

for (const construct of stack.node.findAll()) {
  if (construct instanceof lambda.CfnFunction && /\/Archive\//.test(construct.node.path))
    construct.addPropertyOverride('Environment.Variables.SIMULATOR_ORIGIN', props.baseUrl);
  // Gap `https-only-bucket`.
  if (construct instanceof s3.CfnBucketPolicy)
    construct.addPropertyOverride('PolicyDocument.Statement.0.Effect', 'Allow');
}
