import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { FaceDetectionPoller, type FaceDetectionPollerProps } from './face-detection-poller.ts';

export class FaceDetectionPollerStack extends Stack {
  constructor(scope: Construct, id: string, props: FaceDetectionPollerProps & StackProps = {}) {
    super(scope, id, {
      description: 'Polls crun.ai face detections and keeps one final record a task.',
      ...props,
    });
    const { stateMachine, table, apiKeySecret, recordDefaults } = new FaceDetectionPoller(
      this,
      'Poller',
      props,
    );

    // Clients find the stack's parts by these names.
    new CfnOutput(this, 'StateMachineArn', {
      description: 'Start one execution for each detection task.',
      value: stateMachine.stateMachineArn,
    });
    new CfnOutput(this, 'TableName', { description: 'Where the records are.', value: table.tableName });
    new CfnOutput(this, 'ApiKeySecretArn', {
      description: 'Put the API key of crun.ai here, as plain text.',
      value: apiKeySecret.secretArn,
    });
    // A client begins records as the workflow does, so it must know what the stack decided for them.
    new CfnOutput(this, 'DeadlineSeconds', { value: recordDefaults.DEADLINE_SECONDS });
    new CfnOutput(this, 'RetentionDays', { value: recordDefaults.RETENTION_DAYS });
    new CfnOutput(this, 'Shards', { value: recordDefaults.SHARDS });
  }
}
