import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';

import type { FaceDetectionPollerProps } from '../../infra/props.ts';
import { importedKey, keyArn, statementsOf, synthesise } from '../support/synthesis.ts';

interface Resource {
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}
const ofArchive = (template: Template, type: string): Resource[] =>
  Object.entries(template.findResources(type))
    .filter(([id]) => id.startsWith('PollerArchive'))
    .map(([, resource]) => resource as Resource);

const archived = (props: FaceDetectionPollerProps = {}) => synthesise(() => ({ archive: true, ...props }));
const template = archived();
const bucketOf = (of: Template): Resource =>
  Object.values(of.findResources('AWS::S3::Bucket'))[0] as Resource;

describe('the bucket of the archive', () => {
  it('is closed to the public, encrypted, without versions, and stays when the stack goes', () => {
    const { Properties, DeletionPolicy } = bucketOf(template);
    expect(Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    expect(Properties).not.toHaveProperty('VersioningConfiguration');
    expect(Properties).not.toHaveProperty('BucketName');
    expect(DeletionPolicy).toBe('Retain');
  });

  it('refuses everyone who does not speak TLS 1.2 or later', () => {
    const [policy] = Object.values(template.findResources('AWS::S3::BucketPolicy')) as Resource[];
    const denied = { Action: 's3:*', Effect: 'Deny', Principal: { AWS: '*' } };
    expect(policy?.Properties['PolicyDocument']).toMatchObject({
      Statement: [
        { ...denied, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { ...denied, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
      ],
    });
  });

  it.each([7, 30])('lets pictures expire a day behind records that are kept %i days', (days) => {
    const of = archived({ retention: Duration.days(days) });
    expect(bucketOf(of).Properties['LifecycleConfiguration']).toEqual({
      Rules: [
        {
          Id: 'Expire',
          Status: 'Enabled',
          ExpirationInDays: days + 1,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
    });
  });

  it('is encrypted with the key that is given, which the functions may use', () => {
    const of = synthesise((stack) => ({ archive: { encryptionKey: importedKey(stack) } }));
    expect(bucketOf(of).Properties['BucketEncryption']).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn },
        },
      ],
    });
    const onKey = statementsOf(of, 'PollerArchive').filter(({ Resource: on }) => on === keyArn);
    expect(onKey.flatMap(({ Action }) => Action).toSorted()).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });

  it('is made only where none is given', () => {
    const given = synthesise((stack) => ({
      archive: { bucket: s3.Bucket.fromBucketName(stack, 'Own', 'own-bucket') },
    }));
    given.resourceCountIs('AWS::S3::Bucket', 0);
    expect(ofArchive(given, 'AWS::Lambda::Function')).toHaveLength(1);
  });
});

describe('the Archive function', () => {
  it('reaches the pictures alone', () => {
    const onBucket = statementsOf(template, 'PollerArchive').filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('s3:')),
    );
    expect(onBucket.map(({ Action }) => Action)).toEqual([
      ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      's3:ListBucket',
    ]);
    expect(JSON.stringify(onBucket[0]?.Resource)).toMatch(/,"\/faces\/\*"\]/);
    expect(onBucket[1]).toMatchObject({ Condition: { StringLike: { 's3:prefix': 'faces/*' } } });
  });

  it('is neither there, nor its bucket, without `archive`', () => {
    for (const props of [{}, { archive: false }]) {
      const without = synthesise(() => props);
      without.resourceCountIs('AWS::S3::Bucket', 0);
      expect(JSON.stringify(without.toJSON())).not.toMatch(/s3:|archive\W|PollerArchive/);
    }
  });
});
