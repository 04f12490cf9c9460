/** What the AWS CLI answers from the emulator. */
import { inject } from 'vitest';

import { runProgram } from './commands.ts';

/** `service operation`, and its parameters by their names on the command line. */
export async function aws<Answer>(command: string, parameters: Record<string, string> = {}): Promise<Answer> {
  const options = { endpoint: inject('endpoint'), home: inject('temporary') };
  const given = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, value]);
  const printed = await runProgram('aws', [...command.split(' '), ...given, '--output', 'json'], options);
  return JSON.parse(printed || '{}') as Answer;
}

interface DeployedFunction {
  FunctionName: string;
  FunctionArn: string;
  Role: string;
  LoggingConfig: { LogGroup: string };
}

/** By its name in the construct. */
export async function functionOf(stackName: string, name: string): Promise<DeployedFunction> {
  const { Functions } = await aws<{ Functions: DeployedFunction[] }>('lambda list-functions');
  const found = Functions.find(({ FunctionName }) => FunctionName.startsWith(`${stackName}-Poller${name}`));
  if (found === undefined) throw new Error(`${stackName} has no function ${name}`);
  return found;
}
