/** What the owner of a poller decides once for everything in it that runs and logs. */
import { Aws, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import { acknowledgeWildcard } from './acknowledge.ts';
import type { FaceDetectionPollerProps } from './props.ts';

export interface Runtime {
  readonly logRetention: logs.RetentionDays;
  readonly logKey: kms.IKey | undefined;
  /** Of the log groups. */
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  readonly debugLogs: boolean;
  readonly network: Pick<lambda.FunctionProps, 'vpc' | 'vpcSubnets' | 'securityGroups'> | undefined;
}

export function runtimeOf(scope: Construct, props: FaceDetectionPollerProps): Runtime {
  const { logRetention = logs.RetentionDays.ONE_MONTH, removalPolicy = RemovalPolicy.RETAIN } = props;
  const { logKey, tracing = false, debugLogs = false, vpc, vpcSubnets, securityGroups } = props;
  logKey?.grantEncryptDecrypt(new iam.ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`));
  if (tracing || vpc !== undefined)
    acknowledgeWildcard(
      scope,
      '*',
      'Traces and network interfaces are written per account: these actions take no resource.',
    );
  const network = vpc && {
    // Under exactOptionalPropertyTypes the CDK's classes do not satisfy their own interfaces.
    vpc: vpc as ec2.IVpc,
    securityGroups: (securityGroups ?? [securityGroupOf(scope, vpc as ec2.IVpc)]) as ec2.ISecurityGroup[],
    ...(vpcSubnets && { vpcSubnets }),
  };
  return { logRetention, logKey, removalPolicy, tracing, debugLogs, network };
}

const securityGroupOf = (scope: Construct, vpc: ec2.IVpc): ec2.SecurityGroup =>
  new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: 'Functions of the face detection poller',
  });

/**
 * A service that delivers its own logs adds every log group outside of `/aws/vendedlogs/` to a resource policy that an
 * account outgrows. The stack's id keeps the name unique: a group that was retained still has its name.
 */
export type VendedLogs = 'apis' | 'states';

export function createLogGroup(
  scope: Construct,
  id: string,
  runtime: Runtime,
  vended?: VendedLogs,
): logs.LogGroup {
  const { logRetention, removalPolicy, logKey } = runtime;
  const stackGuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return new logs.LogGroup(scope, id, {
    retention: logRetention,
    removalPolicy,
    ...(logKey && { encryptionKey: logKey }),
    ...(vended && {
      logGroupName: `/aws/vendedlogs/${vended}/${Aws.STACK_NAME}-${scope.node.addr.slice(-8)}-${stackGuid}`,
    }),
  });
}

/** What Lambda needs to place a function into a VPC: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
export const networkInterfaceActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
