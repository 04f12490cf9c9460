/** An app of somebody else, beside the deployed stack: `-c stateMachineArn=…` names whom it starts. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';

import { createApp } from '../../infra/create-app.ts';
import { callFromWorkflow, startFromEvents, startFromQueue } from './recipes.ts';

const stack = new Stack(createApp(), 'Recipes');
const stateMachineArn = String(stack.node.getContext('stateMachineArn'));
const detection = sfn.StateMachine.fromStateMachineArn(stack, 'Detection', stateMachineArn);

startFromEvents(stack, detection);
startFromQueue(stack);
const parent = callFromWorkflow(stack, detection);
new CfnOutput(stack, 'ParentArn', { value: parent.stateMachineArn });
