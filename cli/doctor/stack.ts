/** What `doctor` checks at a deployed stack. Each check needs the ones before it. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';

import {
  awsConfig,
  type Connection,
  type DescribedStack,
  describeStack,
  keyLocationIn,
  type StackOptions,
} from '../../client/stack-outputs.ts';
import { UserError } from '../../client/user-error.ts';
import { usableKey } from '../../functions/api-key/reader.ts';
import { limitOf } from '../../functions/rate-limit/inspect.ts';
import { explainError } from '../exit-code.ts';
import { explainAwsFault, isDenied } from './aws-fault.ts';
import { type CheckResult, failed, type Finding, ok, skipped } from './check-result.ts';
import { compareClocks, probeProvider } from './provider.ts';
import { checkLimit } from './rate-limit.ts';
import { storedKey } from './stored-key.ts';

const setKey = 'run face-poller set-key';

export async function* examineStack(
  stackName: string,
  connection: StackOptions,
  now: () => number = Date.now,
): AsyncGenerator<Finding> {
  let stack: DescribedStack;
  try {
    stack = await describeStack(stackName, connection);
  } catch (error) {
    if (error instanceof UserError) {
      yield { check: 'credentials', ...ok('AWS accepts them') };
      yield { check: 'stack', ...failed(error.message, 'set FACE_POLLER_PREFIX, or correct it') };
      return;
    }
    const fault = explainAwsFault(error, stackName);
    if (fault.check === 'stack') yield { check: 'credentials', ...ok('AWS accepts them') };
    yield { check: fault.check, ...failed(fault.message, fault.fix) };
    return;
  }
  yield { check: 'credentials', ...ok('AWS accepts them') };
  const deployed = classifyStack(stackName, stack);
  yield { check: 'stack', ...deployed };
  if (deployed.result === 'failed') return;

  const { TableName, StateMachineArn: stateMachineArn, BaseUrl: baseUrl = '' } = stack.outputs;
  const config = awsConfig(connection);
  yield {
    check: 'table',
    ...(await active('dynamodb:DescribeTable', async () => {
      const { Table } = await new DynamoDBClient(config).send(new DescribeTableCommand({ TableName }));
      return { name: TableName, status: Table?.TableStatus };
    })),
  };
  yield {
    check: 'state machine',
    ...(await active('states:DescribeStateMachine', async () => {
      const described = await new SFNClient(config).send(
        new DescribeStateMachineCommand({ stateMachineArn }),
      );
      return { name: stateMachineArn, status: described.status };
    })),
  };
  yield { check: 'concurrency', ...(await concurrency(config)) };
  const limit = limitOf({ client: new DynamoDBClient(config), tableName: TableName ?? '' }, baseUrl, now);
  yield { check: 'rate limit', ...(await checkLimit(limit, now)) };
  const key = await readKey(stack, stackName, connection);
  yield { check: 'key', ...key.checked };
  yield { check: 'provider', ...(await probeProvider({ baseUrl, apiKey: key.usable, keyFix: setKey })) };
  yield { check: 'clock', ...(await compareClocks(baseUrl, now)) };
}

const needed = ['StateMachineArn', 'TableName', 'BaseUrl', 'DeadlineSeconds', 'RetentionDays', 'Shards'];

function classifyStack(stackName: string, { status, outputs }: DescribedStack): CheckResult {
  // Also after a failed update: what stood before stands again.
  const isUp = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE/.test(status);
  if (!isUp) {
    return failed(`${stackName} is ${status}`, 'look at its events in CloudFormation, then deploy it again');
  }
  const missing = needed.find((output) => outputs[output] === undefined);
  if (missing === undefined) return ok(`${stackName} is ${status}`);
  return failed(
    `${stackName} has no output ${missing}`,
    'deploy this version, or correct FACE_POLLER_STACK: it may name another stack',
  );
}

async function active(
  action: string,
  describe: () => Promise<{ name: string | undefined; status: string | undefined }>,
): Promise<CheckResult> {
  try {
    const { name, status } = await describe();
    // A table that is being updated serves all the same.
    if (status === 'ACTIVE' || status === 'UPDATING') return ok(`${name} is ${status}`);
    return failed(`${name} is ${status}`, 'look at it in the AWS console: it cannot be used as it is');
  } catch (error) {
    if (isDenied(error)) return skipped(`these credentials may not call ${action}`);
    return failed(explainError(error).message, 'deploy the stack again: a part is missing or out of reach');
  }
}

/** Young accounts run ten functions at a time. Poll, sweep, deliver and API share them with all else in the account. */
const enoughConcurrency = 100;

async function concurrency(config: ReturnType<typeof awsConfig>): Promise<CheckResult> {
  try {
    const { AccountLimit } = await new LambdaClient(config).send(new GetAccountSettingsCommand({}));
    const unreserved = AccountLimit?.UnreservedConcurrentExecutions;
    if (unreserved === undefined) return skipped('Lambda does not say how many functions may run at a time');
    if (unreserved >= enoughConcurrency) return ok(`${unreserved} functions may run at a time`);
    return ok(
      `only ${unreserved} functions may run at a time, so many tasks answer late: raise "Concurrent executions" of Lambda in Service Quotas`,
    );
  } catch (error) {
    return skipped(
      isDenied(error)
        ? 'these credentials may not call lambda:GetAccountSettings'
        : explainError(error).message,
    );
  }
}

async function readKey(
  stack: DescribedStack,
  stackName: string,
  connection: Connection,
): Promise<{ checked: CheckResult; usable?: string | undefined }> {
  try {
    const location = keyLocationIn(stack, stackName);
    const usable = usableKey(await storedKey(location, awsConfig(connection))());
    const place = 'secretArn' in location ? location.secretArn : location.parameterName;
    if (usable !== undefined) return { usable, checked: ok(`there is one in ${place}`) };
    return { checked: failed(`there is none in ${place}`, setKey) };
  } catch (error) {
    if (isDenied(error)) return { checked: skipped('these credentials may not read it, as it should be') };
    const fix = error instanceof UserError ? 'deploy this version of the stack' : 'see that it can be read';
    return { checked: failed(explainError(error).message, fix) };
  }
}
