import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { importByName, type Imports } from './imports.ts';
import { FaceDetectionPoller, type FaceDetectionPollerProps } from './poller.ts';

export interface FaceDetectionPollerStackProps extends FaceDetectionPollerProps, StackProps {
  /** What exists already and is only known by its name. */
  readonly imports?: Imports;
}

export class FaceDetectionPollerStack extends Stack {
  constructor(scope: Construct, id: string, { imports = {}, ...props }: FaceDetectionPollerStackProps = {}) {
    super(scope, id, {
      description: 'Polls crun.ai face detections and keeps one final record a task.',
      ...props,
    });
    const imported = importByName(this, imports);
    const poller = new FaceDetectionPoller(this, 'Poller', { ...props, ...imported });
    const { stateMachine, table, webhookSecret, baseUrl, recordEnvironment } = poller;
    const { apiKeySecret, apiKeyParameter, apiKeyEncryptionKey, apiUrl } = poller;

    // Clients find the stack's parts by these names.
    new CfnOutput(this, 'StateMachineArn', {
      description: 'Start one execution for each detection task.',
      value: stateMachine.stateMachineArn,
    });
    new CfnOutput(this, 'WorkflowType', {
      description: 'What runs the executions: STANDARD or EXPRESS.',
      value: poller.workflowType,
    });
    new CfnOutput(this, 'TableName', { description: 'Where the records are.', value: table.tableName });
    if (apiKeySecret !== undefined) {
      new CfnOutput(this, 'ApiKeySecretArn', {
        description: 'The API key of crun.ai belongs here, as plain text.',
        value: apiKeySecret.secretArn,
      });
    }
    if (apiKeyParameter !== undefined) {
      new CfnOutput(this, 'ApiKeyParameterName', {
        description: 'The API key of crun.ai belongs here, as a SecureString.',
        value: apiKeyParameter.parameterName,
      });
    }
    if (apiKeyEncryptionKey !== undefined) {
      new CfnOutput(this, 'ApiKeyEncryptionKeyArn', {
        description: 'Encrypts the API key.',
        value: apiKeyEncryptionKey.keyArn,
      });
    }
    new CfnOutput(this, 'WebhookSecretArn', {
      description: 'What webhooks are signed with.',
      value: webhookSecret.secretArn,
    });
    new CfnOutput(this, 'BaseUrl', { description: 'Where the provider listens.', value: baseUrl });
    if (apiUrl !== undefined) {
      new CfnOutput(this, 'ApiUrl', { description: 'Where the HTTP API listens.', value: apiUrl });
    }
    // A client begins records as the workflow does, so it must know what the stack decided for them.
    new CfnOutput(this, 'DeadlineSeconds', { value: recordEnvironment.DEADLINE_SECONDS });
    new CfnOutput(this, 'RetentionDays', { value: recordEnvironment.RETENTION_DAYS });
    new CfnOutput(this, 'Shards', { value: recordEnvironment.SHARDS });
    new CfnOutput(this, 'CallbackHosts', { value: recordEnvironment.CALLBACK_HOSTS });
    new CfnOutput(this, 'CallbackPorts', { value: recordEnvironment.CALLBACK_PORTS });
  }
}
