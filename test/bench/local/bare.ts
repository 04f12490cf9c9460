/** The floor: the interpreter and the database with nothing in between, writing what a task of ours writes. */
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';

import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import dynalite from 'dynalite';

import { toItem } from '../../../functions/records/item.ts';
import { due, key } from '../../../functions/records/table.ts';
import { createTable, tableName } from '../../../local/table.ts';
import type { Subject } from './subject.ts';

const definition: StateMachineDefinition = {
  StartAt: 'Poll',
  States: {
    Poll: {
      Type: 'Task',
      Resource: 'arn:aws:lambda:us-east-1:123456789012:function:poll',
      Next: 'What next?',
    },
    'What next?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.next', StringEquals: 'wait', Next: 'Wait' }],
      Default: 'Settled',
    },
    Wait: { Type: 'Wait', SecondsPath: '$.wait_seconds', Next: 'Poll' },
    Settled: { Type: 'Succeed' },
  },
};

/** An open record of ours, as it stands in the table. */
function openItem(detectTaskId: string): Record<string, unknown> {
  const nowIso = new Date().toISOString();
  const name = `1-${detectTaskId}`;
  return {
    [key]: detectTaskId,
    status: 'starting',
    status_shard: 'starting#0',
    attempt: 1,
    execution_name: name,
    execution_arn: `arn:aws:states:local:000000000000:execution:c0deadbeef:${name}`,
    deadline_seconds: 3_600,
    deadline_at: nowIso,
    [due.sortKey]: nowIso,
    [due.partitionKey]: 0,
    created_at: nowIso,
    updated_at: nowIso,
    usable_until: nowIso,
    usable_until_assumed: true,
    polls: 0,
    invocations: 0,
    transitions: 0,
    lambda_ms: 0,
    executions: 0,
    workflow_ms: 0,
    memory_mb: 0,
    expires_at: Math.floor(Date.now() / 1_000) + 30 * 86_400,
  };
}

const finalValues = () =>
  toItem({
    ':status': 'succeeded',
    ':shard': 'succeeded#0',
    ':at': new Date().toISOString(),
    ':id': 'a-detect-id',
    ':count': 1,
    ':faces': [{ id: 1, link: 'https://faces.example/1.jpg' }],
    ':n': 1,
    ':expires': Math.floor(Date.now() / 1_000) + 30 * 86_400,
    ':starting': 'starting',
  });
const finalUpdate =
  'SET #status = :status, status_shard = :shard, final_at = :at, updated_at = :at, detect_id = :id, face_count = :count, ' +
  'faces = :faces, polls = :n, invocations = :n, transitions = :n, lambda_ms = :n, executions = :n, workflow_ms = :n, memory_mb = :n, expires_at = :expires';

const keyOf = (detectTaskId: string) => ({ TableName: tableName, Key: toItem({ [key]: detectTaskId }) });

/** As its documentation says: a server of its own, and the SDK as it is. */
async function openDynalite(folder: string): Promise<DynamoDBClient> {
  const socketPath = join(folder, 'bare.sock');
  const server = dynalite({ path: join(folder, 'database'), createTableMs: 0 }).listen(socketPath);
  await once(server, 'listening');
  const agentOptions = { keepAlive: true, maxSockets: 32, socketPath };
  const client = new DynamoDBClient({
    endpoint: 'http://bare.local',
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: new NodeHttpHandler({ httpAgent: new http.Agent(agentOptions) }),
  });
  await createTable(client);
  return client;
}

export async function openBare(folder: string): Promise<Subject> {
  const client = await openDynalite(folder);
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });

  async function settle(detectTaskId: string): Promise<void> {
    await client.send(
      new UpdateItemCommand({
        ...keyOf(detectTaskId),
        UpdateExpression: finalUpdate,
        ConditionExpression: '#status = :starting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: finalValues(),
        ReturnValues: 'ALL_NEW',
      }),
    );
    await client.send(
      new UpdateItemCommand({
        ...keyOf(detectTaskId),
        UpdateExpression: `REMOVE ${due.sortKey}, ${due.partitionKey}`,
        ReturnValues: 'ALL_NEW',
      }),
    );
  }

  const put = (detectTaskId: string) =>
    client.send(new PutItemCommand({ TableName: tableName, Item: toItem(openItem(detectTaskId)) }));
  const execute = (detectTaskId: string, poll: () => Promise<object>): Promise<unknown> =>
    machine.run(
      { detect_task_id: detectTaskId },
      {
        overrides: { taskResourceLocalHandlers: { Poll: poll as () => Promise<never> } },
      },
    ).result;

  return {
    async finish(detectTaskId) {
      await put(detectTaskId);
      await execute(detectTaskId, async () => {
        await settle(detectTaskId);
        return { next: 'settled' };
      });
    },
    async wait(detectTaskId) {
      await put(detectTaskId);
      void execute(detectTaskId, async () => ({ next: 'wait', wait_seconds: 3_600 }));
    },
  };
}
