import { join } from 'node:path';

import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { bundling } from './bundling.ts';

const projectRoot = join(import.meta.dirname, '..');

export interface NodeFunctionProps {
  /** The module that exports `handler`, as a path inside `functions/`. */
  readonly module: string;
  /** One sentence for whoever meets the function in the console. */
  readonly description: string;
  /** Everything the handler reads from `process.env`. */
  readonly environment: Record<string, string>;
  /** After this long Lambda ends an invocation. */
  readonly timeout: Duration;
  /** Default: 256. Node with the SDK idles at 73 MB, and the processor grows with it. */
  readonly memoryMb?: number;
  /** How long its log events are kept. */
  readonly logRetention: logs.RetentionDays;
  /** What becomes of its logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** The one way a Lambda function is made here: callers only ever see the `live` alias. */
export class NodeFunction extends Construct {
  /** What to invoke and to grant to: a version that a deployment moves, never `$LATEST`. */
  readonly live: lambda.IAlias;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { description, environment, timeout, logRetention, removalPolicy } = props;

    const logGroup = new logs.LogGroup(this, 'Logs', { retention: logRetention, removalPolicy });
    // Not AWSLambdaBasicExecutionRole: that one may write to every log group of the account.
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    const code = new NodejsFunction(this, 'Code', {
      entry: join(projectRoot, 'functions', props.module),
      // Both would be looked for from the current folder upwards.
      projectRoot,
      depsLockFilePath: join(projectRoot, 'package-lock.json'),
      handler: 'handler',
      description,
      environment,
      timeout,
      role,
      logGroup,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMb ?? 256,
      bundling: {
        format: OutputFormat.ESM,
        mainFields: [...bundling.mainFields],
        minify: bundling.minify,
        esbuildArgs: Object.fromEntries(
          Object.entries(bundling.alias).map(([name, path]) => [`--alias:${name}`, path]),
        ),
        logLevel: LogLevel.WARNING,
        // The SDK that was tested is the SDK that runs, not whichever the runtime carries that month.
        externalModules: [],
      },
    });
    // Under exactOptionalPropertyTypes the CDK's classes do not satisfy their own interfaces.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.live = code.addAlias('live') as lambda.IAlias;
  }
}
