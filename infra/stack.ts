import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { importByName, type Imports } from './imports.ts';
import { FaceDetectionPoller } from './poller.ts';
import type { FaceDetectionPollerProps } from './props.ts';

export interface FaceDetectionPollerStackProps extends FaceDetectionPollerProps, StackProps {
  /** Existing resources, by name. */
  readonly imports?: Imports;
}

export class FaceDetectionPollerStack extends Stack {
  constructor(scope: Construct, id: string, { imports = {}, ...props }: FaceDetectionPollerStackProps = {}) {
    super(scope, id, {
      description: 'Polls crun.ai face detections and keeps one final record per task.',
      ...props,
    });
    const imported = importByName(this, imports);
    const poller = new FaceDetectionPoller(this, 'Poller', { ...props, ...imported });
    const { stateMachine, table, webhookSecret, baseUrl, recordEnvironment } = poller;
    const { apiKeySecret, apiKeyParameter, apiKeyEncryptionKey, apiUrl } = poller;

    // Clients find the parts of the stack by these names.
    new CfnOutput(this, 'StateMachineArn', {
      description: 'Start one execution per detection task.',
      value: stateMachine.stateMachineArn,
    });
    new CfnOutput(this, 'WorkflowType', {
      description: 'What runs the executions: STANDARD or EXPRESS.',
      value: poller.workflowType,
    });
    new CfnOutput(this, 'TableName', {
      description: 'The table that holds the records.',
      value: table.tableName,
    });
    if (apiKeySecret !== undefined) {
      new CfnOutput(this, 'ApiKeySecretArn', {
        description: 'Store the API key of crun.ai here, as plain text.',
        value: apiKeySecret.secretArn,
      });
    }
    if (apiKeyParameter !== undefined) {
      new CfnOutput(this, 'ApiKeyParameterName', {
        description: 'Store the API key of crun.ai here, as a SecureString.',
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
      description: 'The secrets that sign webhooks.',
      value: webhookSecret.secretArn,
    });
    new CfnOutput(this, 'BaseUrl', { description: 'The origin of the provider.', value: baseUrl });
    if (apiUrl !== undefined) {
      new CfnOutput(this, 'ApiUrl', { description: 'The origin of the HTTP API.', value: apiUrl });
    }
    // A client that starts tasks creates their records, so it needs the same settings.
    new CfnOutput(this, 'DeadlineSeconds', { value: recordEnvironment.DEADLINE_SECONDS });
    new CfnOutput(this, 'RetentionDays', { value: recordEnvironment.RETENTION_DAYS });
    new CfnOutput(this, 'Shards', { value: recordEnvironment.SHARDS });
    new CfnOutput(this, 'CallbackHosts', { value: recordEnvironment.CALLBACK_HOSTS });
    new CfnOutput(this, 'CallbackPorts', { value: recordEnvironment.CALLBACK_PORTS });
  }
}
