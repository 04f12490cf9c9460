/**
 * `npm run test:races`: 1,000 identical starts, and 50 pollers of one task on Standard and on Express, all at once, by 20
 * seeds, on dynalite and on Amazon's DynamoDB Local (which takes Java 17 or newer); and a task deleted at
 * every step of every writer. `-- --stores dynalite --seeds 3`
 * runs less, `-- --planted` writes without conditions and ends with 1 where no race is noticed.
 */
import { parseArgs } from 'node:util';

import { DynamoDBClient, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';

import { workflowTypes } from '../../functions/detection/types.ts';
import { createTable } from '../../local/table.ts';
import { openInProcess } from '../../local/testing/in-process.ts';
import { startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { deletedEverywhere, deletedWithout } from './deleted.ts';
import { racePollers } from './pollers.ts';
import { type Raced, raceStarts } from './races.ts';

const starts = 1_000;
const pollers = 50;
const stores = { dynalite: async () => openInProcess(), 'dynamodb-local': openDynamoDbLocal };

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: Object.keys(stores).join(',') },
    seeds: { type: 'string', default: '20' },
    planted: { type: 'boolean', default: false },
  },
});

async function openDynamoDbLocal(): Promise<{ client: DynamoDBClient; close: () => Promise<void> }> {
  const { endpoint, close } = await startDynamoDbLocal();
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // A thousand starts wait in line here, as they should.
    requestHandler: { socketAcquisitionWarningTimeout: 60_000 },
  });
  return { client, close };
}

/** Whatever stands there: what a record is begun on, or what an answer is written on. */
function withoutCondition(client: DynamoDBClient, command: string): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const input = args.input as PutItemCommandInput;
      if (context['commandName'] === command && input.ConditionExpression !== undefined)
        input.ConditionExpression = `(${input.ConditionExpression}) OR attribute_exists(detect_task_id)`;
      return next(args);
    },
    { step: 'initialize', name: 'plant' },
  );
}

/** Whether a race notices, within a few seeds. */
async function plant(
  command: 'PutItemCommand' | 'UpdateItemCommand',
  on: string,
  racing: (client: DynamoDBClient, seed: number) => Promise<Raced>,
): Promise<void> {
  const { client, close } = openInProcess();
  await createTable(client);
  withoutCondition(client, command);
  let found: string[] = [];
  for (let seed = 1; seed <= 5 && found.length === 0; seed++) found = (await racing(client, seed)).faults;
  await close();
  console.log(`${command} without a condition, ${on}: ${found.join(', ') || 'NOT NOTICED'}`);
  if (found.length === 0) process.exitCode = 1;
}

async function plantAll(): Promise<void> {
  const found = await deletedWithout();
  console.log(`a head deleted without a tombstone: ${found.join(', ') || 'NOT NOTICED'}`);
  if (found.length === 0) process.exitCode = 1;
  await plant('PutItemCommand', 'starts', (client, seed) => raceStarts(client, seed, 50));
  for (const type of workflowTypes)
    await plant('UpdateItemCommand', type, (client, seed) => racePollers(client, seed, pollers, type));
}

if (values.planted) await plantAll();
else {
  await race();
  await deleteEverywhere();
}

/** Each writer under each deletion. */
async function deleteEverywhere(): Promise<void> {
  const beganMs = performance.now();
  let [stories, broken] = [0, 0];
  for await (const { story, left } of deletedEverywhere()) {
    stories += 1;
    if (left.length === 0) continue;
    broken += 1;
    console.log(`${story}: left ${left.join(', ')}`);
  }
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
  console.log(`${stories} deletions under a writer: ${broken} left something of the person, ${seconds} s`);
  if (broken > 0) process.exitCode = 1;
}

async function race(): Promise<void> {
  let broken = 0;
  for (const [name, open] of Object.entries(stores)) {
    if (!values.stores.split(',').includes(name)) continue;
    const beganMs = performance.now();
    const { client, close } = await open();
    await createTable(client);
    const sums = { executions: 0, finals: 0, calls: 0 };
    const count = (raced: Raced, seed: number): void => {
      broken += raced.faults.length;
      for (const fault of raced.faults) console.log(`broken on ${name}, seed ${seed}: ${fault}`);
    };
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      const started = await raceStarts(client, seed, starts);
      count(started, seed);
      sums.executions += started.executions;
      for (const type of workflowTypes) {
        const polled = await racePollers(client, seed, pollers, type);
        count(polled, seed);
        sums.finals += polled.finals;
        sums.calls += polled.calls;
      }
    }
    await close();
    console.log(
      `${name}: ${values.seeds} seeds of ${starts} starts, and ${pollers} pollers of either type: ${sums.executions} executions, ${sums.finals} final records, ${sums.calls} calls, ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`,
    );
  }
  console.log(`${broken} broken`);
  if (broken > 0) process.exitCode = 1;
}
