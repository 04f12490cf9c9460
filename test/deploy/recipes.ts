/** The recipes of docs/recipes.md: quoted there, deployed and run by the deploy test. */
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** Starts an execution for each event of ours. */
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
export function callFromWorkflow(scope: Construct, detection: sfn.IStateMachine): sfn.StateMachine {
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
    definitionBody: sfn.DefinitionBody.fromChainable(detect.next(byStatus)),
  });
}
