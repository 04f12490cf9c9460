import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';

import { readConfig } from '../../infra/config.ts';

describe('readConfig', () => {
  it('leaves every setting to its default where the context says nothing', () => {
    expect(readConfig({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': ['**'] })).toEqual(
      {
        stackName: 'FaceDetectionPoller',
      },
    );
  });

  it('takes numbers as text, as the command line gives them', () => {
    expect(
      readConfig({
        stackName: 'Faces-2',
        baseUrl: 'http://127.0.0.1:8080',
        deadlineSeconds: '90',
        retentionDays: '7',
        logRetentionDays: '14',
        removalPolicy: 'destroy',
      }),
    ).toEqual({
      stackName: 'Faces-2',
      baseUrl: 'http://127.0.0.1:8080',
      deadline: Duration.seconds(90),
      retention: Duration.days(7),
      logRetention: RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  });

  it.each([
    [{ deadlineSecond: 90 }, 'deadlineSecond: is not a known field'],
    [{ deadlineSeconds: 'soon' }, 'deadlineSeconds: must be a whole number of seconds from 5 to 86400'],
    [{ deadlineSeconds: '4' }, 'deadlineSeconds: must be a whole number of seconds from 5 to 86400'],
    [{ deadlineSeconds: '90.5' }, 'deadlineSeconds: must be a whole number of seconds from 5 to 86400'],
    [{ retentionDays: '' }, 'retentionDays: must be a whole number of days from 1 to 3650'],
    [{ retentionDays: 3_651 }, 'retentionDays: must be a whole number of days from 1 to 3650'],
    [{ logRetentionDays: 8 }, 'logRetentionDays: must be a number of days that CloudWatch knows: 1, 3, 5'],
    [
      { logRetentionDays: 9_999 },
      'logRetentionDays: must be a number of days that CloudWatch knows: 1, 3, 5',
    ],
    [{ removalPolicy: 'snapshot' }, 'removalPolicy: must be retain or destroy'],
    [{ baseUrl: 'http://api.crun.ai' }, 'baseUrl: must be an https URL (http on this machine only)'],
    [{ baseUrl: 'api.crun.ai' }, 'baseUrl: must be an https URL (http on this machine only)'],
    [{ stackName: 'face detections' }, 'stackName: must be letters, digits and "-", a letter first'],
  ])('refuses %j in one sentence', (context, sentence) => {
    expect(() => readConfig(context)).toThrow(sentence);
  });
});
