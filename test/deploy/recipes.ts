/** The recipes of docs/recipes.md: quoted there, deployed and run by the deploy test. */
import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** Starts an execution for each event of your application. */
export function startFromEvents(scope: Construct, detection: sfn.IStateMachine): events.Rule {
  return new events.Rule(scope, 'Submitted', {
    eventPattern: { source: ['my.app'], detailType: ['Face Detection Submitted'] },
    targets: [
      new targets.SfnStateMachine(detection, {
        input: events.RuleTargetInput.fromObject({
          detect_task_id: events.EventField.fromPath('$.detail.detect_task_id'),
        }),
        deadLetterQueue: new sqs.Queue(scope, 'NotStarted'),
      }),
    ],
  });
}

/** Turns each message into an event for the rule above. */
export function startFromQueue(scope: Construct): sqs.Queue {
  const bus = events.EventBus.fromEventBusName(scope, 'Bus', 'default');
  const queue = new sqs.Queue(scope, 'Submissions', {
    deadLetterQueue: { queue: new sqs.Queue(scope, 'Unreadable'), maxReceiveCount: 5 },
  });
  const role = new iam.Role(scope, 'PipeRole', {
    assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com'),
  });
  queue.grantConsumeMessages(role);
  bus.grantPutEventsTo(role);
  new pipes.CfnPipe(scope, 'Pipe', {
    roleArn: role.roleArn,
    source: queue.queueArn,
    target: bus.eventBusArn,
    targetParameters: {
      inputTemplate: '{"detect_task_id": "<$.body.detect_task_id>"}',
      eventBridgeEventBusParameters: { source: 'my.app', detailType: 'Face Detection Submitted' },
    },
  });
  return queue;
}

/** A stopped execution has no error to compare. */
const isOneOf = (...codes: string[]): sfn.Condition =>
  sfn.Condition.and(
    sfn.Condition.isPresent('$.execution.Error'),
    sfn.Condition.or(...codes.map((code) => sfn.Condition.stringEquals('$.execution.Error', code))),
  );

/** A workflow that has faces detected and branches on the reason if there is no answer. */
export function callFromWorkflow(
  scope: Construct,
  detection: sfn.IStateMachine,
  first?: tasks.LambdaInvoke,
): sfn.StateMachine {
  const detect = new tasks.StepFunctionsStartExecution(scope, 'Detect faces', {
    stateMachine: detection,
    integrationPattern: sfn.IntegrationPattern.RUN_JOB,
    input: sfn.TaskInput.fromObject({ detect_task_id: sfn.JsonPath.stringAt('$.detect_task_id') }),
    resultSelector: { 'answer.$': '$.Output' },
  });
  const read = new sfn.Pass(scope, 'Read the cause', {
    parameters: { 'execution.$': 'States.StringToJson($.failure.Cause)' },
  });
  const call = new sfn.Fail(scope, 'Alert an operator', { errorPath: '$.execution.Error' });
  const later = new sfn.Pass(scope, 'Try again later', { parameters: { 'why.$': '$.execution.Error' } });
  const byCode = new sfn.Choice(scope, 'Why?')
    .when(isOneOf('UNAUTHORIZED', 'INSUFFICIENT_CREDITS', 'FEATURE_DISABLED'), call)
    .when(isOneOf('DEADLINE_EXCEEDED', 'PROVIDER_UNAVAILABLE', 'PROVIDER_MAINTENANCE'), later)
    .otherwise(new sfn.Fail(scope, 'Without an answer'));
  const byStatus = new sfn.Choice(scope, 'Faces?')
    .when(
      sfn.Condition.stringEquals('$.answer.status', 'succeeded'),
      new sfn.Succeed(scope, 'Go on with them'),
    )
    .otherwise(new sfn.Succeed(scope, 'Ask for other media'));
  detect.addCatch(read.next(byCode), { errors: ['States.TaskFailed'], resultPath: '$.failure' });
  return new sfn.StateMachine(scope, 'Parent', {
    definitionBody: sfn.DefinitionBody.fromChainable(
      first?.next(detect.next(byStatus)) ?? detect.next(byStatus),
    ),
  });
}

/** The first state of the workflow above: submits `media_url`, and hands on the task's id. */
export const submitFirst = (scope: Construct, submit: lambda.IFunction): tasks.LambdaInvoke =>
  new tasks.LambdaInvoke(scope, 'Submit', {
    lambdaFunction: submit,
    payload: sfn.TaskInput.fromObject({
      media_url: sfn.JsonPath.stringAt('$.media_url'),
      idempotency_key: sfn.JsonPath.hash(sfn.JsonPath.stringAt('$$.Execution.Id'), 'SHA-256'),
    }),
    payloadResponseOnly: true,
  });

/** Signs a link to the uploaded object, two hours valid, and submits it. */
const presign = `
const { createHash } = require('node:crypto');
const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');
const { GetObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');

exports.handler = async ({ id, detail: { bucket, object } }) => {
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: object.key });
  const media_url = await getSignedUrl(new S3Client(), command, { expiresIn: 7200 });
  // Each signature makes another link to the same media.
  const media_sha256 = createHash('sha256').update(bucket.name + object.key + object.etag).digest('hex');
  const Payload = JSON.stringify({ media_url, media_sha256, idempotency_key: id });
  const { FunctionError } = await new LambdaClient().send(
    new InvokeCommand({ FunctionName: process.env.SUBMIT, Payload }),
  );
  if (FunctionError) throw new Error('not submitted');
};
`;

/** Has faces detected in each picture that is uploaded. */
export function detectUploads(scope: Construct, submit: lambda.IFunction): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'Uploads');
  // The bucket's `eventBridgeEnabled` would add a function for it.
  const settings = bucket.node.defaultChild as s3.CfnBucket;
  settings.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  const handler = new lambda.Function(scope, 'Presign', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(presign),
    environment: { SUBMIT: submit.functionArn },
    timeout: Duration.seconds(40),
  });
  bucket.grantRead(handler);
  submit.grantInvoke(handler);
  new events.Rule(scope, 'Uploaded', {
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ suffix: '.jpg' }] } },
    },
    targets: [new targets.LambdaFunction(handler)],
  });
  return bucket;
}
