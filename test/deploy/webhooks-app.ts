/** The stack as it is, but that its callbacks may go to this machine, and that a queue hears its events. */
import { CfnOutput } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';

import { detailTypes, source } from '../../functions/notify/event.ts';
import { readConfig } from '../../infra/config.ts';
import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';

const app = createApp();
const { stackName, ...props } = readConfig(app.node.getAllContext());
const stack = new FaceDetectionPollerStack(app, stackName, props);

for (const construct of stack.node.findAll()) {
  if (
    construct instanceof lambda.CfnFunction &&
    /\/(Api|Deliver|Poll|Submit|Sweep)\//.test(construct.node.path)
  )
    construct.addPropertyOverride('Environment.Variables.CALLBACK_LOOPBACK', '1');
}

const queue = new sqs.Queue(stack, 'Heard');
new events.Rule(stack, 'Final', {
  eventPattern: { source: [source], detailType: [detailTypes.settled, detailTypes.abandoned] },
  targets: [new targets.SqsQueue(queue)],
});
new CfnOutput(stack, 'HeardUrl', { value: queue.queueUrl });
