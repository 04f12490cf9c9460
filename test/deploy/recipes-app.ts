/** Another app, beside the deployed stack: `-c stateMachineArn=… -c submitFunctionArn=…` name what it uses. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { createApp } from '../../infra/create-app.ts';
import { callFromWorkflow, detectUploads, startFromEvents, startFromQueue, submitFirst } from './recipes.ts';

const stack = new Stack(createApp(), 'Recipes');
const context = (name: string): string => String(stack.node.getContext(name));
const detection = sfn.StateMachine.fromStateMachineArn(stack, 'Detection', context('stateMachineArn'));
const submit = lambda.Function.fromFunctionAttributes(stack, 'SubmitFunction', {
  functionArn: context('submitFunctionArn'),
  sameEnvironment: true,
});

startFromEvents(stack, detection);
startFromQueue(stack);
const parent = callFromWorkflow(stack, detection);
new CfnOutput(stack, 'ParentArn', { value: parent.stateMachineArn });

const pictures = new Construct(stack, 'Pictures');
const fromPicture = callFromWorkflow(pictures, detection, submitFirst(pictures, submit));
new CfnOutput(stack, 'PictureArn', { value: fromPicture.stateMachineArn });
new CfnOutput(stack, 'UploadsName', { value: detectUploads(stack, submit).bucketName });
