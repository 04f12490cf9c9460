/** Rules that the other judges do not have, as pure functions over a template. */
import { listOf, render } from '../../infra/references.ts';
import type { Finding } from './finding.ts';
import { at, type Template, textsIn } from './template.ts';

type Properties = Readonly<Record<string, unknown>>;

interface Assertion {
  readonly rule: string;
  readonly types: readonly string[];
  readonly message: string;
  readonly isBroken: (properties: Properties) => boolean;
}

const isRecoverable = (table: unknown): boolean =>
  at(table, 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled') === true;

/** A failed delivery is handled on purpose; EventBridge's default is a day of attempts. */
const isDecided = (target: unknown): boolean =>
  at(target, 'RetryPolicy') !== undefined || at(target, 'DeadLetterConfig') !== undefined;

const assertions: readonly Assertion[] = [
  {
    rule: 'point-in-time-recovery',
    types: ['AWS::DynamoDB::GlobalTable'],
    message: 'cannot be restored to a point in time in every replica',
    isBroken: ({ Replicas }) => listOf(Replicas).length === 0 || !listOf(Replicas).every(isRecoverable),
  },
  {
    rule: 'point-in-time-recovery',
    types: ['AWS::DynamoDB::Table'],
    message: 'cannot be restored to a point in time',
    isBroken: (properties) => !isRecoverable(properties),
  },
  {
    rule: 'function-url',
    types: ['AWS::Lambda::Url'],
    message: 'answers unauthenticated requests',
    isBroken: ({ AuthType }) => AuthType !== 'AWS_IAM',
  },
  {
    rule: 'open-route',
    types: ['AWS::ApiGatewayV2::Route'],
    message: 'answers without authorisation',
    isBroken: ({ AuthorizationType }) => !['AWS_IAM', 'JWT', 'CUSTOM'].includes(String(AuthorizationType)),
  },
  {
    rule: 'open-route',
    types: ['AWS::ApiGatewayV2::Api'],
    message: 'has a target, and with it a route without authorisation',
    isBroken: ({ Target }) => Target !== undefined,
  },
  {
    rule: 'execution-data',
    types: ['AWS::StepFunctions::StateMachine'],
    message: 'logs execution data',
    isBroken: ({ LoggingConfiguration }) => at(LoggingConfiguration, 'IncludeExecutionData') !== false,
  },
  {
    rule: 'log-retention',
    types: ['AWS::Logs::LogGroup'],
    message: 'keeps its events forever',
    isBroken: ({ RetentionInDays }) => RetentionInDays === undefined,
  },
  {
    rule: 'log-retention',
    types: ['AWS::Lambda::Function'],
    message: 'has no log group in the stack: Lambda would create one that keeps its events forever',
    isBroken: ({ LoggingConfig }) => at(LoggingConfig, 'LogGroup') === undefined,
  },
  {
    rule: 'failed-delivery',
    types: ['AWS::Events::Rule'],
    message: 'has a target with neither a retry policy nor a dead-letter queue',
    isBroken: ({ Targets }) => !listOf(Targets).every(isDecided),
  },
  {
    rule: 'failed-delivery',
    types: ['AWS::Scheduler::Schedule'],
    message: 'has a target with neither a retry policy nor a dead-letter queue',
    isBroken: ({ Target }) => !isDecided(Target),
  },
  {
    rule: 'open-function',
    types: ['AWS::Lambda::Permission'],
    message: 'allows a service to invoke it on behalf of any account',
    isBroken: ({ SourceArn, SourceAccount }) => SourceArn === undefined && SourceAccount === undefined,
  },
];

/** The properties that hold a physical name: a fixed name prevents a second stack. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

const placeNames: readonly [string, RegExp][] = [
  ['a partition', /\barn:aws\b/],
  [
    'a region',
    /\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov|-iso[a-z]?)?-(central|(north|south)?(east|west)?)-\d\b/,
  ],
  ['an account', /\b\d{12}\b/],
];

/** Checks a template against every assertion. */
export function assertTemplate(template: Template): Finding[] {
  const findings: Finding[] = [];
  for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    for (const { rule, types, message, isBroken } of assertions) {
      if (types.includes(Type) && isBroken(Properties)) findings.push({ rule, at: id, message });
    }
    const name = Properties[nameProperties[Type] ?? ''];
    if (typeof name === 'string')
      findings.push({ rule: 'physical-name', at: id, message: `is always called ${name}` });
  }
  for (const [path, text] of textsIn(template)) {
    for (const [what, pattern] of placeNames) {
      const [found] = pattern.exec(text) ?? [];
      if (found !== undefined)
        findings.push({ rule: 'hard-coded', at: path, message: `names ${what}: ${found}` });
    }
  }
  return [...findings, ...ownRoles(template), ...asynchronousRetries(template)];
}

/** Functions and state machines that share a role share its permissions. */
function ownRoles({ Resources }: Template): Finding[] {
  const holders = new Map<string, string[]>();
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    const role = { 'AWS::Lambda::Function': 'Role', 'AWS::StepFunctions::StateMachine': 'RoleArn' }[Type];
    if (role === undefined) continue;
    const arn = at(Properties, role);
    const key = JSON.stringify(arn);
    holders.set(key, [...(holders.get(key) ?? []), id]);
  }
  return [...holders.values()]
    .filter((ids) => ids.length > 1)
    .map((ids) => ({ rule: 'own-role', at: ids.join(', '), message: 'share one role' }));
}

/** Services that put invocations into Lambda's own queue, which by default retries failures twice within six hours. */
const asynchronousSource = /^(cloudformation|codecommit|config|events|iot|logs|s3|ses|sns)\.amazonaws\.com$/;

/** The retry policy of a rule covers its delivery to Lambda only: retries of the invocation are the function's setting. */
function asynchronousRetries({ Resources }: Template): Finding[] {
  const ofType = (type: string) =>
    Object.values(Resources).flatMap(({ Type, Properties = {} }) => (Type === type ? [Properties] : []));
  const targets = [
    ...ofType('AWS::Lambda::Permission')
      .filter(({ Principal }) => asynchronousSource.test(String(Principal)))
      .map(({ FunctionName }) => FunctionName),
    ...ofType('AWS::Scheduler::Schedule').map(({ Target }) => at(Target, 'Arn')),
  ];
  const configured = ofType('AWS::Lambda::EventInvokeConfig').filter(
    ({ MaximumRetryAttempts, MaximumEventAgeInSeconds }) =>
      MaximumRetryAttempts !== undefined && MaximumEventAgeInSeconds !== undefined,
  );
  const isConfigured = (id: string): boolean =>
    configured.some(({ FunctionName, Qualifier }) =>
      Qualifier === '$LATEST'
        ? render(FunctionName) === `\${${id}}`
        : JSON.stringify(Qualifier).includes(`"${id}"`),
    );
  return [...new Set(targets.map((target) => render(target).replace(/^\$\{(\w+)(\.Arn)?\}$/, '$1')))]
    .filter((id) => Resources[id]?.Type.startsWith('AWS::Lambda::') === true && !isConfigured(id))
    .map((id) => ({
      rule: 'asynchronous-retries',
      at: id,
      message: 'is invoked asynchronously, and Lambda decides how often and how long it retries',
    }));
}
