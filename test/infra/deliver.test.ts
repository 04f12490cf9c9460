import type { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';

import { environmentOf, synthesise } from '../support/synthesis.ts';

const template = synthesise(() => ({}));

/** What the template holds of a type whose logical id begins so. */
const found = (from: Template, type: string, prefix: string): [string, Record<string, unknown>][] =>
  Object.entries(from.findResources(type))
    .filter(([id]) => id.startsWith(prefix))
    .map(([id, resource]) => [id, resource['Properties'] as Record<string, unknown>]);
const [[alias] = ['']] = found(template, 'AWS::Lambda::Alias', 'PollerDeliver');

describe('webhooks', () => {
  it('are delivered when a record with a callback becomes final, and when an attempt is due', () => {
    const rules = found(template, 'AWS::Events::Rule', 'PollerDeliver').map(([, properties]) => properties);
    expect(rules.map(({ EventPattern }) => EventPattern)).toEqual(
      expect.arrayContaining([
        {
          source: ['face-detection-poller'],
          'detail-type': ['Face Detection Settled', 'Face Detection Abandoned'],
          detail: { has_callback: [true] },
        },
        { source: ['face-detection-poller'], 'detail-type': ['Face Detection Delivery Due'] },
      ]),
    );
    for (const { Targets } of rules) expect(Targets).toMatchObject([{ Arn: { Ref: alias } }]);
  });

  it('never go to loopback: at AWS that is the runtime of the function itself', () => {
    const functions = Object.values(synthesise(() => ({ api: true })).findResources('AWS::Lambda::Function'));
    const deployed = functions.filter((code) => JSON.stringify(code).includes('CALLBACK_HOSTS'));
    expect(deployed).toHaveLength(5);
    for (const code of functions) expect(JSON.stringify(code)).not.toContain('CALLBACK_LOOPBACK');
  });

  it('are signed with a secret that is generated, in letters that are base64 of 24 bytes', () => {
    const [[, secret] = ['', {}]] = found(template, 'AWS::SecretsManager::Secret', 'PollerDeliver');
    expect(secret).toMatchObject({
      GenerateSecretString: { ExcludePunctuation: true, IncludeSpace: false, PasswordLength: 32 },
    });
  });

  it('may be signed with a secret of your own, told of on a bus of your own, and go to hosts of your own', () => {
    const own = synthesise((stack) => ({
      webhookSecret: Secret.fromSecretNameV2(stack, 'Hooks', 'hooks'),
      eventBus: new events.EventBus(stack, 'Bus'),
      callbackHosts: ['hooks.example.com', '.example.org'],
      callbackPorts: [443, 8443],
    }));
    expect(environmentOf(own, 'PollerDeliver')).toMatchObject({
      CALLBACK_HOSTS: 'hooks.example.com,.example.org',
      CALLBACK_PORTS: '443,8443',
    });
    const [[bus] = ['']] = found(own, 'AWS::Events::EventBus', 'Bus');
    for (const [, rule] of found(own, 'AWS::Events::Rule', 'PollerDeliver'))
      expect(rule).toMatchObject({ EventBusName: { Ref: bus } });
    const policies = JSON.stringify(found(own, 'AWS::IAM::Policy', 'Poller'));
    expect(policies).toContain(':secret:hooks-??????');
    expect(policies).not.toContain('event-bus/default');
  });
});
