/** The settings of the construct. Nothing here loads a part of the construct, so that checks and imports can share them. */
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as ssm from 'aws-cdk-lib/aws-ssm';

import type { WorkflowType } from '../functions/detection/types.ts';
import type { ApiOptions, ArchiveOptions, OutputOptions } from './part-options.ts';

export interface FaceDetectionPollerProps {
  /**
   * An existing secret that holds the API key of crun.ai as plain text.
   *
   * @default - a new secret; `face-poller set-key` stores the key in it
   * @example Secret.fromSecretNameV2(this, 'Key', 'crun/api-key')
   */
  readonly apiKeySecret?: secrets.ISecret | secrets.Secret;
  /**
   * An SSM parameter of type SecureString that holds the API key instead of a secret. It may not exist yet:
   * CloudFormation cannot create one, `face-poller set-key` can.
   *
   * @default - a secret holds the key
   * @example StringParameter.fromSecureStringParameterAttributes(this, 'Key', { parameterName: '/crun/api-key' })
   */
  readonly apiKeyParameter?: ssm.IStringParameter;
  /**
   * The origin of the provider's API: https, or http on localhost.
   *
   * @default 'https://api.crun.ai'
   * @example 'https://crun.example'
   */
  readonly baseUrl?: string;
  /**
   * How long a task is polled unless its start sets another deadline: whole seconds, 5 seconds to 24 hours.
   *
   * @default Duration.hours(1)
   * @example Duration.minutes(10)
   */
  readonly deadline?: Duration;
  /**
   * What runs the workflow. `STANDARD` is priced per state transition and keeps a history of every execution.
   * `EXPRESS` is priced per second and many times cheaper, without a history. Changing it replaces the state machine.
   *
   * @default 'STANDARD'
   * @example 'EXPRESS'
   */
  readonly workflowType?: WorkflowType;
  /**
   * How long the first Lambda invocation of an execution keeps polling before the workflow waits: whole seconds, 1 to
   * 225.
   *
   * @default - 8 seconds on Standard, 1.9 seconds on Express
   * @example Duration.seconds(15)
   */
  readonly firstInvocationBudget?: Duration;
  /**
   * The same for each later invocation: whole seconds, 0 to 225; 0 polls once. More seconds hold more of the account's
   * Lambda concurrency, cost less on Standard and answer sooner.
   *
   * @default Duration.seconds(0)
   * @example Duration.seconds(5)
   */
  readonly laterInvocationBudget?: Duration;
  /**
   * How many invocations of the Poll function may run at a time: a whole number from 1. Reserved from the account's
   * concurrency, so no other function takes it and this one takes no more. Invocations beyond it wait.
   *
   * @default - as many as the account has left
   * @example 20
   */
  readonly reservedConcurrency?: number;
  /**
   * Calls per second to the provider, over all tasks together: 0.01 to 3000, or 0 for no limit.
   *
   * @default - 2 at the provider, 0 at any other `baseUrl`
   * @example 5
   */
  readonly rateLimit?: number;
  /**
   * Whether video and GIF are submitted too. The provider's call for them is documented nowhere that we can read, and is
   * made by analogy.
   *
   * @default false
   * @example true
   */
  readonly experimentalVideo?: boolean;
  /**
   * How long a record is kept: whole days, 1 to 3650, and longer than the deadline. A change counts for records written
   * from then on; a shorter one also for every picture in the archive.
   *
   * @default Duration.days(30)
   * @example Duration.days(90)
   */
  readonly retention?: Duration;
  /**
   * Number of partition keys that each index is spread over, 1 to 64. One key takes about 1,000 writes per second.
   *
   * @default 1
   * @example 4
   */
  readonly shards?: number;
  /**
   * An existing table, such as one that a deleted stack has retained. Its keys and indexes must be those of a table that
   * this construct created; its own settings stay as they are.
   *
   * @default - a new table
   * @example TableV2.fromTableName(this, 'Retained', 'FaceDetectionPoller-PollerTable1168CB8E-1A2B3C')
   */
  readonly table?: dynamodb.ITableV2;
  /**
   * A customer managed key that encrypts the new table; that of an existing one belongs to `fromTableAttributes`.
   *
   * @default - the key that AWS owns, at no cost
   * @example new Key(this, 'TableKey')
   */
  readonly tableKey?: kms.IKey;
  /**
   * Whether the table can be restored to any second of the last 35 days.
   *
   * @default true
   * @example false
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * Whether DynamoDB refuses to delete the table. Contradicts `removalPolicy: DESTROY`.
   *
   * @default false
   * @example true
   */
  readonly deletionProtection?: boolean;
  /**
   * The event bus that receives an event for every final record.
   *
   * @default - the account's default event bus
   * @example EventBus.fromEventBusName(this, 'Bus', 'media')
   */
  readonly eventBus?: events.IEventBus | events.EventBus;
  /**
   * An existing secret that holds one or two webhook secrets, the newest first.
   *
   * @default - a new secret with a generated value
   * @example Secret.fromSecretNameV2(this, 'Signing', 'faces/webhooks')
   */
  readonly webhookSecret?: secrets.ISecret | secrets.Secret;
  /**
   * The only hosts that callbacks may name; a leading dot allows every name below.
   *
   * @default - any public host
   * @example ['hooks.example.com', '.example.org']
   */
  readonly callbackHosts?: string[];
  /**
   * The only ports that callbacks may name: 1 to 65535.
   *
   * @default [443]
   * @example [443, 8443]
   */
  readonly callbackPorts?: number[];
  /**
   * A customer managed key that encrypts the logs. The policy of an imported key must allow
   * `logs.<region>.amazonaws.com` to use it; that of a created key is extended.
   *
   * @default - the key that CloudWatch owns
   * @example new Key(this, 'LogKey')
   */
  readonly logKey?: kms.IKey;
  /**
   * How long log events are kept.
   *
   * @default RetentionDays.ONE_MONTH
   * @example RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
  /**
   * Whether AWS X-Ray traces functions and workflow, at its price per trace.
   *
   * @default false
   * @example true
   */
  readonly tracing?: boolean;
  /**
   * Whether each poll that sees a task at work is a log line too.
   *
   * @default false: one line at the end of a task, and one for each trouble
   * @example true
   */
  readonly debugLogs?: boolean;
  /**
   * A VPC for the functions. Its subnets need a route to the provider and to the callbacks' hosts, which means a NAT
   * gateway, and to these services, by the same way or by endpoints: DynamoDB, EventBridge, Step Functions and Secrets
   * Manager or Systems Manager.
   *
   * @default - no VPC
   * @example Vpc.fromLookup(this, 'Vpc', { vpcName: 'media' })
   */
  readonly vpc?: ec2.IVpc | ec2.Vpc;
  /**
   * The subnets of `vpc` that the functions use.
   *
   * @default - the private subnets
   * @example { subnetType: SubnetType.PRIVATE_WITH_EGRESS }
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * The security groups of the functions in `vpc`.
   *
   * @default - a new one that allows every outbound connection
   * @example [new SecurityGroup(this, 'Functions', { vpc })]
   */
  readonly securityGroups?: (ec2.ISecurityGroup | ec2.SecurityGroup)[];
  /**
   * Whether to create an HTTP API, or its options.
   *
   * @default false
   * @example { token: true }
   */
  readonly api?: boolean | ApiOptions;
  /**
   * Whether to keep the pictures of faces, whose links expire, in a private bucket, or its options. They are personal data.
   *
   * @default false
   * @example true
   */
  readonly archive?: boolean | ArchiveOptions;
  /**
   * Whether to create alarms and a dashboard. The functions emit their metrics either way.
   *
   * @default true
   * @example false
   */
  readonly monitoring?: boolean;
  /**
   * The topic that every alarm notifies, when it fires and when it is over. The policy of an imported customer managed
   * key must allow `cloudwatch.amazonaws.com` to use it; that of a created key is extended.
   *
   * @default - alarms change their state and notify no one
   * @example new Topic(this, 'Operators')
   */
  readonly alarmsTopic?: sns.ITopic;
  /**
   * How the outputs are named by which clients find the poller in its stack.
   *
   * @default - behind the construct's id, not exported
   * @example { prefix: 'Videos', exported: true }
   */
  readonly outputs?: OutputOptions;
  /**
   * What happens to table, secrets and logs when the stack is deleted: `RETAIN` or `DESTROY`.
   *
   * @default RemovalPolicy.RETAIN
   * @example RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}
