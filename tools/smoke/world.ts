/** What the steps of the smoke test act on: programs of this machine, and the one stack that they make. */
export interface World {
  stackName: string;
  /** Of the one task that is open all along. */
  taskId: string;
  /** Standard output; throws where the program fails. */
  run: (program: 'aws' | 'cdk' | 'face-poller', args: readonly string[]) => Promise<string>;
  /** The status of a signed GET to the deployed HTTP API. */
  request: (url: string) => Promise<number>;
  sleep: (ms: number) => Promise<unknown>;
  now: () => number;
}

/** Standard output of the AWS CLI. */
export const aws = (
  { run }: World,
  command: string,
  options: Readonly<Record<string, string>>,
): Promise<string> =>
  run('aws', [
    ...command.split(' '),
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ]);

export async function output(world: World, name: string): Promise<string> {
  const described = await aws(world, 'cloudformation describe-stacks', {
    'stack-name': world.stackName,
    query: `Stacks[0].Outputs[?OutputKey=='${name}'].OutputValue`,
    output: 'text',
  });
  return described.trim();
}

/** The physical name of a resource, by its type and the start of its logical id. */
export async function part(world: World, type: string, start: string): Promise<string> {
  const described = await aws(world, 'cloudformation describe-stack-resources', {
    'stack-name': world.stackName,
    query: `StackResources[?ResourceType=='${type}' && starts_with(LogicalResourceId, '${start}')].PhysicalResourceId`,
    output: 'text',
  });
  const [found = ''] = described.trim().split(/\s+/);
  if (found === '') throw new Error(`the stack has no ${type} ${start}`);
  return found;
}

interface OpenRecord {
  status: string;
  execution_arn: string;
  error?: { code: string };
}

/** Of the open task; undefined while there is none. */
export async function record({ run, taskId }: World): Promise<OpenRecord | undefined> {
  // Exit code 4 where there is no record yet.
  const printed = await run('face-poller', ['get', taskId, '--json']).catch(() => '');
  return printed === '' ? undefined : (JSON.parse(printed) as OpenRecord);
}

/** What `look` finds within so many minutes. */
export async function within<T>(
  { now, sleep }: World,
  minutes: number,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = now() + minutes * 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (now() >= end) throw new Error(`${what}: not within ${minutes} minutes`);
    await sleep(5_000);
  }
}

/** With the settings that keep the stack to itself: its provider is a name that never resolves, and nothing is retained. */
export const deploy = ({ run, stackName }: World, workflowType: string): Promise<string> =>
  run('cdk', ['deploy', stackName, '--require-approval', 'never', ...settings(stackName, workflowType)]);

export const destroy = ({ run, stackName }: World): Promise<string> =>
  run('cdk', ['destroy', stackName, '--force', ...settings(stackName, 'STANDARD')]);

const settings = (stackName: string, workflowType: string): string[] =>
  Object.entries({
    stackName,
    workflowType,
    baseUrl: 'https://provider.invalid',
    removalPolicy: 'destroy',
    api: 'true',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
