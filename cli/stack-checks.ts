/** What `doctor` looks at of a deployed stack: each check needs the ones before it. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';

import { explainAwsFault, isDenied } from '../client/aws-fault.ts';
import { awsConfig, type DescribedStack, describeStack, keyLocationIn } from '../client/stack-outputs.ts';
import { inSentence, UserError } from '../client/user-error.ts';
import { usableKey } from '../functions/api-key/reader.ts';
import type { Connection } from './program.ts';
import { compareClocks, probeProvider } from './provider-checks.ts';
import { storedKey } from './stored-key.ts';
import { failed, type Finding, ok, skipped, type Verdict } from './verbs/doctor.ts';

const setKey = 'run face-poller set-key';

export async function* examineStack(
  stackName: string,
  connection: Connection,
  now: () => number = Date.now,
): AsyncGenerator<Finding> {
  let stack: DescribedStack;
  try {
    stack = await describeStack(stackName, connection);
  } catch (error) {
    const fault = explainAwsFault(error, stackName);
    if (fault.check === 'stack') yield { check: 'credentials', ...ok('AWS accepts them') };
    yield { check: fault.check, ...failed(fault.says, fault.fix) };
    return;
  }
  yield { check: 'credentials', ...ok('AWS accepts them') };
  const limiterState = judgeStack(stackName, stack);
  yield { check: 'stack', ...limiterState };
  if (limiterState.result === 'failed') return;

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
  const key = await readKey(stack, stackName, connection);
  yield { check: 'key', ...key.verdict };
  yield { check: 'provider', ...(await probeProvider({ baseUrl, apiKey: key.usable, keyFix: setKey })) };
  yield { check: 'clock', ...(await compareClocks(baseUrl, now)) };
}

const needed = ['StateMachineArn', 'TableName', 'BaseUrl', 'DeadlineSeconds', 'RetentionDays', 'Shards'];

function judgeStack(stackName: string, { status, outputs }: DescribedStack): Verdict {
  // Also after a failed update: what stood before stands again.
  const isUp = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE/.test(status);
  if (!isUp) {
    return failed(`${stackName} is ${status}`, 'look at its events in CloudFormation, then deploy it again');
  }
  const missing = needed.find((output) => outputs[output] === undefined);
  if (missing === undefined) return ok(`${stackName} is ${status}`);
  return failed(
    `${stackName} has no output ${missing}`,
    'deploy this version of it, or correct FACE_POLLER_STACK: it may be another stack',
  );
}

async function active(
  action: string,
  describe: () => Promise<{ name: string | undefined; status: string | undefined }>,
): Promise<Verdict> {
  try {
    const { name, status } = await describe();
    // A table that is being updated serves all the same.
    if (status === 'ACTIVE' || status === 'UPDATING') return ok(`${name} is ${status}`);
    return failed(`${name} is ${status}`, 'look at it in the AWS console: it cannot be used as it is');
  } catch (error) {
    if (isDenied(error)) return skipped(`these credentials may not call ${action}`);
    const { sentence } = inSentence(error);
    return failed(sentence, 'deploy the stack again: a part of it is missing or out of reach');
  }
}

async function readKey(
  stack: DescribedStack,
  stackName: string,
  connection: Connection,
): Promise<{ verdict: Verdict; usable?: string | undefined }> {
  try {
    const location = keyLocationIn(stack, stackName);
    const usable = usableKey(await storedKey(location, awsConfig(connection))());
    const place = 'secretArn' in location ? location.secretArn : location.parameterName;
    if (usable !== undefined) return { usable, verdict: ok(`there is one in ${place}`) };
    return { verdict: failed(`there is none in ${place}`, setKey) };
  } catch (error) {
    if (isDenied(error)) return { verdict: skipped('these credentials may not read it, as it should be') };
    const { sentence } = inSentence(error);
    const fix = error instanceof UserError ? 'deploy this version of the stack' : 'see that it can be read';
    return { verdict: failed(sentence, fix) };
  }
}
