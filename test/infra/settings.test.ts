/** Each context key on its way to the template: one that is read and then forgotten changes nothing, and is named. */
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';

import { contextKeys, readConfig } from '../../infra/config.ts';
import { createApp } from '../../infra/create-app.ts';
import { FaceDetectionPollerStack } from '../../infra/stack.ts';
import { keyArn, unbundled } from '../support/synthesis.ts';

const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:own-AbCdEf';

/** A value for each, with what it needs beside it. */
const samples: Record<string, Record<string, unknown>> = {
  stackName: { stackName: 'Other' },
  baseUrl: { baseUrl: 'https://provider.example' },
  deadlineSeconds: { deadlineSeconds: 600 },
  workflowType: { workflowType: 'EXPRESS' },
  firstInvocationBudgetSeconds: { firstInvocationBudgetSeconds: 10 },
  laterInvocationBudgetSeconds: { laterInvocationBudgetSeconds: 10 },
  reservedConcurrency: { reservedConcurrency: 20 },
  rateLimit: { rateLimit: 3 },
  experimentalVideo: { experimentalVideo: true },
  retentionDays: { retentionDays: 7 },
  shards: { shards: 3 },
  pointInTimeRecovery: { pointInTimeRecovery: false },
  deletionProtection: { deletionProtection: true },
  callbackHosts: { callbackHosts: 'hooks.example.com' },
  callbackPorts: { callbackPorts: 8443 },
  logRetentionDays: { logRetentionDays: 7 },
  tracing: { tracing: true },
  debugLogs: { debugLogs: true },
  api: { api: true },
  apiToken: { api: true, apiToken: true },
  archive: { archive: true },
  monitoring: { monitoring: false },
  removalPolicy: { removalPolicy: 'destroy' },
  tableName: { tableName: 'records' },
  apiKeySecretArn: { apiKeySecretArn: secretArn },
  apiKeySecretName: { apiKeySecretName: 'own' },
  apiKeyParameterName: { apiKeyParameterName: '/own' },
  apiKeyEncryptionKeyArn: { apiKeySecretName: 'own', apiKeyEncryptionKeyArn: keyArn },
  webhookSecretArn: { webhookSecretArn: secretArn },
  webhookSecretEncryptionKeyArn: { webhookSecretArn: secretArn, webhookSecretEncryptionKeyArn: keyArn },
  tableKeyArn: { tableKeyArn: keyArn },
  logKeyArn: { logKeyArn: keyArn },
  eventBusName: { eventBusName: 'own' },
  alarmsTopicArn: { alarmsTopicArn: 'arn:aws:sns:us-east-1:123456789012:operators' },
};

/** Most samples differ from the same stack. */
const templates = new Map<string, string>();
function templateOf(context: Record<string, unknown>): string {
  const known = JSON.stringify(context);
  const template = templates.get(known) ?? synthesised(context);
  templates.set(known, template);
  return template;
}

function synthesised(context: Record<string, unknown>): string {
  const { stackName, ...props } = readConfig(context);
  const stack = new FaceDetectionPollerStack(createApp(unbundled), stackName, props);
  return stackName + JSON.stringify(Template.fromStack(stack).toJSON());
}

describe('the settings', () => {
  it('each have a sample here', () => {
    expect(Object.keys(samples).toSorted()).toEqual(contextKeys.toSorted());
  });

  it.each(Object.entries(samples))('change the stack: %s', (name, context) => {
    const { [name]: _, ...others } = context;
    expect(templateOf(context)).not.toBe(templateOf(others));
  });
});
