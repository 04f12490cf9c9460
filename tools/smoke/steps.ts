/** What only an account can show, in order; each step says what it does and returns what it saw. */
import { aws, deploy, destroy, output, part, record, within, type World } from './world.ts';

export interface Step {
  name: string;
  does: string;
  run: (world: World) => Promise<string>;
}

/** Denies the function of the API its table. */
const denial = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' }],
});
const policyName = 'smoke-test';

export const steps: readonly Step[] = [
  {
    name: 'deploy',
    does: 'deploys a Standard stack with the HTTP API, whose provider is a name that never resolves',
    run: async (world) => {
      await deploy(world, 'STANDARD');
      return output(world, 'WorkflowType');
    },
  },
  {
    name: 'record-abandonment',
    does: 'runs the state "Record abandonment" alone: DynamoDB must refuse its condition, not its parameters',
    run: testAbandonment,
  },
  {
    name: 'open-task',
    does: 'starts a task, which stays open, since the provider cannot be reached',
    async run(world) {
      // Without any key the task would end at once. This one goes nowhere.
      const secret = await output(world, 'ApiKeySecretArn');
      const key = { 'secret-id': secret, 'secret-string': 'smoke-test-without-a-provider' };
      await aws(world, 'secretsmanager put-secret-value', key);
      await world.run('face-poller', ['start', world.taskId, '--deadline', '2h']);
      // An open record shows what it took only now and then; the history shows each state.
      const waits = await within(world, 3, 'a wait after a poll', async () => {
        const found = await record(world);
        if (found?.error !== undefined) throw new Error(`${found.status} with ${found.error.code}`);
        if (found === undefined) return undefined;
        const shown = await aws(world, 'stepfunctions get-execution-history', {
          'execution-arn': found.execution_arn,
          query: "length(events[?type=='WaitStateEntered'])",
          output: 'text',
        });
        return Number(shown) > 0 ? Number(shown) : undefined;
      });
      return `open, ${waits} waits`;
    },
  },
  {
    name: 'api-without-permission',
    does: 'denies the function of the API its table, calls the API until it answers 5xx, and allows it again',
    run: denyApi,
  },
  {
    name: 'api-metric',
    does: 'waits until CloudWatch shows these answers as AWS/ApiGateway 5xx, which the alarm Failing-Api counts',
    run: async (world) => {
      const apiId = await part(world, 'AWS::ApiGatewayV2::Api', 'PollerApi');
      const sum = await within(world, 15, 'the metric', async () => {
        const shown = await aws(world, 'cloudwatch get-metric-statistics', {
          namespace: 'AWS/ApiGateway',
          'metric-name': '5xx',
          dimensions: `Name=ApiId,Value=${apiId}`,
          statistics: 'Sum',
          period: '3600',
          'start-time': at(world.now() - 3_600_000),
          'end-time': at(world.now() + 60_000),
          query: 'sum(Datapoints[].Sum)',
          output: 'text',
        });
        return Number(shown) >= 3 ? Number(shown) : undefined;
      });
      return `${sum} answers with 5xx`;
    },
  },
  {
    name: 'switch',
    does: 'changes the workflow type to Express with the task open: the sweep must take it up within 15 minutes',
    run: async (world) => {
      const before = await record(world);
      await deploy(world, 'EXPRESS');
      const { execution_arn } = await within(world, 15, 'an Express execution', async () => {
        const found = await record(world);
        return found?.execution_arn.includes(':express:') === true ? found : undefined;
      });
      return `${typeOf(before?.execution_arn)}, then ${typeOf(execution_arn)}`;
    },
  },
  {
    name: 'continuation',
    does: 'waits until the Express execution has started its successor, which takes four minutes',
    run: async (world) => {
      const known = (await record(world))?.execution_arn;
      await within(world, 12, 'a successor', async () => {
        const found = await record(world);
        return found !== undefined && found.execution_arn !== known ? found : undefined;
      });
      return 'another execution has the record';
    },
  },
  {
    name: 'express-log',
    does: 'cancels the task, and reads the failure of its execution from the log of the workflow',
    run: async (world) => {
      await world.run('face-poller', ['cancel', world.taskId]);
      const group = await part(world, 'AWS::Logs::LogGroup', 'PollerWorkflow');
      const lines = await within(world, 8, 'a line in the log', async () => {
        const shown = await aws(world, 'logs filter-log-events', {
          'log-group-name': group,
          query: 'length(events)',
          output: 'text',
        });
        return Number(shown) > 0 ? Number(shown) : undefined;
      });
      return `${lines} lines`;
    },
  },
  {
    name: 'drain',
    does: 'waits until nothing is open or unsent',
    run: async (world) => (await world.run('face-poller', ['drain', '--cancel'])).trim(),
  },
  {
    name: 'destroy',
    does: 'destroys the stack, with everything in it',
    async run(world) {
      await destroy(world);
      if (await exists(world)) throw new Error('the stack is still there');
      return 'gone';
    },
  },
];

const at = (ms: number): string => new Date(ms).toISOString();

const typeOf = (arn = ''): string => (arn.includes(':express:') ? 'Express' : 'Standard');

/** A deleted stack is described by its name no more. */
export const exists = (world: World): Promise<boolean> =>
  aws(world, 'cloudformation describe-stacks', { 'stack-name': world.stackName }).then(
    () => true,
    (error: unknown) => {
      if (String(error).includes('does not exist')) return false;
      throw error;
    },
  );

async function testAbandonment(world: World): Promise<string> {
  const arn = await output(world, 'StateMachineArn');
  const described = await aws(world, 'stepfunctions describe-state-machine', {
    'state-machine-arn': arn,
    output: 'json',
  });
  const { definition, roleArn } = JSON.parse(described) as { definition: string; roleArn: string };
  const { States } = JSON.parse(definition) as { States: Record<string, object> };
  // Alone, a state has no execution: its name, ARN and time are part of the input.
  const state = JSON.stringify(States['Record abandonment']).replaceAll(/"\$\$\.[\w.]+"/g, '"$.context"');
  const input = JSON.stringify({
    detect_task_id: `${world.taskId}-none`,
    context: '2026-01-01T00:00:00.000Z',
  });
  const tested = await aws(world, 'stepfunctions test-state', {
    'role-arn': roleArn,
    definition: state,
    input,
    output: 'json',
  });
  const { status = '', error = '' } = JSON.parse(tested) as { status?: string; error?: string };
  if (!error.includes('ConditionalCheckFailed')) throw new Error(`${status} ${error || 'without an error'}`);
  return `${status}, ${error}`;
}

async function denyApi(world: World): Promise<string> {
  const role = await part(world, 'AWS::IAM::Role', 'PollerApiFunction');
  const named = { 'role-name': role, 'policy-name': policyName };
  const url = `${await output(world, 'ApiUrl')}/detections?limit=1`;
  await aws(world, 'iam put-role-policy', { ...named, 'policy-document': denial });
  try {
    const seen: number[] = [];
    await within(world, 5, 'three answers with 5xx', async () => {
      seen.push(await world.request(url));
      return seen.filter((status) => status >= 500).length >= 3 ? seen : undefined;
    });
  } finally {
    await aws(world, 'iam delete-role-policy', named);
  }
  await within(world, 5, 'an answer with 200', async () =>
    (await world.request(url)) === 200 ? true : undefined,
  );
  return '5xx while it is denied, 200 afterwards';
}
