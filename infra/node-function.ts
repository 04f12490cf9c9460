import type { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { checkEnvironmentSize } from './environment-size.ts';
import { codeOf } from './function-code.ts';
import { createLogGroup, networkInterfaceActions, type Runtime } from './runtime.ts';

export interface NodeFunctionProps {
  /** The module that exports `handler`, as a path inside `functions/`. */
  readonly module: string;
  /** One sentence, shown in the console. */
  readonly description: string;
  /** Every variable that the handler parses. */
  readonly environment: Record<string, string>;
  /** Lambda ends an invocation after this long. */
  readonly timeout: Duration;
  /** Default: 256. Node with the SDK idles at 73 MB, and Lambda scales the processor with the memory. */
  readonly memoryMb?: number;
  /** Default: as much of the account's concurrency as is left. */
  readonly reservedConcurrency?: number | undefined;
  /**
   * For a function that is invoked asynchronously: how long Lambda tries to start an invocation that was throttled. One
   * that fails is never retried, because the sweep finds its records.
   */
  readonly maxEventAge?: Duration;
  readonly runtime: Runtime;
}

/** The only way to create a Lambda function here: callers see nothing but the `live` alias. */
export class NodeFunction extends Construct {
  /** What to invoke and to grant to: an alias of a published version, never `$LATEST`. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { description, environment, timeout, maxEventAge, runtime } = props;

    checkEnvironmentSize(this, props.module, environment);
    const logGroup = createLogGroup(this, 'Logs', runtime);
    // Not AWSLambdaBasicExecutionRole, which may write to every log group of the account.
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (runtime.network !== undefined)
      role.addToPolicy(new iam.PolicyStatement({ actions: networkInterfaceActions, resources: ['*'] }));

    const code = new lambda.Function(this, 'Code', {
      code: codeOf(props.module),
      handler: 'index.handler',
      description,
      environment,
      timeout,
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: runtime.debugLogs
        ? lambda.ApplicationLogLevel.DEBUG
        : lambda.ApplicationLogLevel.INFO,
      // START, END and REPORT of each invocation would cost more than our own lines; a time-out is a warning.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMb ?? 256,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      tracing: runtime.tracing ? lambda.Tracing.ACTIVE : lambda.Tracing.DISABLED,
      ...runtime.network,
    });
    // Under exactOptionalPropertyTypes the CDK's classes do not satisfy their own interfaces.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.live = code.addAlias('live') as lambda.IAlias;
    if (maxEventAge !== undefined) this.live.configureAsyncInvoke({ retryAttempts: 0, maxEventAge });
  }
}
