/** Executions of a committed definition in any interpreter; what it calls is carried out by the test. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

import type { WorkflowType } from '../../functions/detection/types.ts';
import type { InvocationEvent } from '../../functions/poll/state.ts';
import { committedDefinition } from '../../local/definition.ts';
import { createStepFunctions, type Execution } from '../support/step-functions.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

/** No scenario takes so long; an execution that was aborted would have neither an output nor an error. */
const endsWithinMs = 60_000;

/** An error has the name that the interpreter is to see. */
export interface Parts {
  invoke: (event: InvocationEvent) => Promise<unknown>;
  updateItem?: (input: object) => Promise<unknown>;
}

interface Ending {
  name: string;
  executionArn: string;
  status: string;
  output?: unknown;
  error?: string | undefined;
  cause?: string | undefined;
  /** That began, one after the other. */
  executions: number;
}

export interface Engine {
  /** To the end of the last one: an execution that continues answers with the name of its successor. */
  execute: (name: string, input: unknown) => Promise<Ending>;
  close: () => Promise<void>;
}

export const createEngine = (
  type: WorkflowType,
  parts: Parts,
  endpoint: string | undefined,
): Promise<Engine> => (endpoint === undefined ? inProcess(type, parts) : served(type, parts, endpoint));

async function until<T>(what: string, find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const untilMs = Date.now() + endsWithinMs;
  while (Date.now() < untilMs) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error(`${what} was waited for in vain`);
}

async function served(type: WorkflowType, parts: Parts, endpoint: string): Promise<Engine> {
  const sfn = new SFNClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  /** What was invoked last by an execution of a name. */
  const arns = new Map<string, string>();
  const carryOut = async (action: string | undefined, body: unknown): Promise<unknown> => {
    if (action === '/updateItem') return parts.updateItem?.(body as object) ?? {};
    const event = body as InvocationEvent;
    arns.set(event.execution_name, event.execution_arn);
    return parts.invoke(event);
  };
  const server = http.createServer((request, response) => {
    void json(request)
      .then(async (body) => carryOut(request.url, body))
      .catch((error: Error) => {
        response.statusCode = 500;
        return { errorType: error.name, errorMessage: error.message };
      })
      .then((answer) => response.end(JSON.stringify(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = `on-port-${(server.address() as AddressInfo).port}`;
  const definition = JSON.stringify(committedDefinition(type))
    .replace(/:\d+:function:[\w:-]+/, `:000000000000:function:${here}`)
    .replace('"face-detections"', JSON.stringify(here));
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: here,
      type,
      definition,
      roleArn: 'arn:aws:iam::000000000000:role/workflow',
    }),
  );

  const endOf = (executionArn: string) =>
    until(`the end of ${executionArn}`, async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      // The status may show a moment before output and error.
      return (execution.output ?? execution.error) === undefined ? undefined : execution;
    });

  return {
    async execute(name, input) {
      const { executionArn = '' } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
      );
      for (let arn = executionArn, successor = name, executions = 1; ; executions += 1) {
        const { status = '', error, cause, output: text = '{}' } = await endOf(arn);
        const output: unknown = JSON.parse(text);
        if (typeof output !== 'string')
          return { name: successor, executionArn: arn, status, output, error, cause, executions };
        successor = output;
        arn = await until(`an invocation of ${output}`, () => arns.get(output));
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      sfn.destroy();
    },
  };
}

async function inProcess(type: WorkflowType, parts: Parts): Promise<Engine> {
  const clock = createVirtualClock();
  const send = async ({ input }: { input: object }) => parts.updateItem?.(input) ?? {};
  const begun: Execution[] = [];
  const engine = createStepFunctions({
    type,
    definition: committedDefinition(type),
    clock,
    random: () => 0.5,
    invoke: (event) => parts.invoke(event as InvocationEvent),
    dynamodb: { send } as unknown as DynamoDBClient,
    tableName: 'face-detections',
    async onStartNext(begin) {
      const successor = begin();
      begun.push(successor);
      return successor;
    },
  });
  return {
    execute: (name, input) =>
      clock.attend(async () => {
        begun.length = 0;
        let last = engine.execute(name, input);
        for (let executions = 1; ; executions += 1) {
          await last.ended;
          const successor = begun.shift();
          if (successor === undefined) return { ...last, executionArn: last.arn, executions };
          last = successor;
        }
      }),
    async close() {},
  };
}
