import { readFileSync } from 'node:fs';
import path from 'node:path';

import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { root } from '../support/folders.ts';
import { runProgram } from './commands.ts';
import { createExecutions } from './executions.ts';
import { type Gap, gaps } from './gaps.ts';

interface Probe {
  gap: keyof typeof gaps;
  definition: object;
  ends: 'SUCCEEDED' | 'FAILED';
  /** By how long it takes the gap is known. */
  afterSeconds?: number;
}

const missing = {
  Type: 'Task',
  Resource: 'arn:aws:states:::dynamodb:getItem',
  Parameters: { TableName: 'none', Key: {} },
  End: true,
};
/** Waits 1 s and 4 s; with the cap 1 s and 1 s. */
const retry = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 1,
  BackoffRate: 4,
  MaxAttempts: 2,
  MaxDelaySeconds: 1,
};

const probes: Probe[] = [
  {
    gap: 'machine-timeout',
    definition: {
      StartAt: 'Slow',
      TimeoutSeconds: 1,
      States: { Slow: { Type: 'Wait', Seconds: 3, End: true } },
    },
    ends: 'SUCCEEDED',
    afterSeconds: 2.9,
  },
  {
    gap: 'whole-seconds',
    definition: {
      StartAt: 'Given',
      States: {
        Given: { Type: 'Pass', Result: { seconds: 1.5 }, Next: 'Short' },
        Short: { Type: 'Wait', SecondsPath: '$.seconds', End: true },
      },
    },
    ends: 'SUCCEEDED',
  },
  {
    gap: 'retry-delays',
    definition: { StartAt: 'Missing', States: { Missing: { ...missing, Retry: [retry] } } },
    ends: 'FAILED',
    afterSeconds: 4.9,
  },
  {
    gap: 'machine-roles',
    definition: {
      StartAt: 'Listing',
      States: {
        Listing: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:dynamodb:listTables', End: true },
      },
    },
    ends: 'SUCCEEDED',
  },
];

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

describe('the gaps of the emulator', () => {
  const sfn = new SFNClient();
  const executions = createExecutions(sfn);
  let roleArn = '';
  beforeAll(async () => {
    const role = ['iam', 'create-role', '--role-name', 'may-nothing', '--output', 'text'];
    const more = ['--query', 'Role.Arn', '--assume-role-policy-document', JSON.stringify(trust)];
    const options = { endpoint: inject('endpoint'), home: inject('temporary') };
    roleArn = (await runProgram('aws', [...role, ...more], options)).trim();
  });
  afterAll(() => sfn.destroy());

  it.each(Object.entries<Gap>(gaps))('are bridged, or covered by an existing test: %s', (_name, gap) => {
    const [file, bridged = ''] = gap.bridge?.split(': ') ?? [];
    const where = [
      ...(gap.covered === undefined ? [] : [gap.covered]),
      ...(file === undefined ? [] : [[file, bridged] as const]),
    ];

    expect(where).not.toEqual([]);
    for (const [source, text] of where)
      expect(readFileSync(path.join(root, source), 'utf8').includes(text)).toBe(true);
  });

  it.concurrent.each(probes)('are still there: $gap', async ({ gap, definition, ends, afterSeconds = 0 }) => {
    const create = { name: `Gap-${gap}`, definition: JSON.stringify(definition), roleArn };
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand(create));
    const { status, startDate, stopDate } = await executions.ended(
      await executions.start(stateMachineArn, {}),
    );

    expect(status).toBe(ends);
    expect((Number(stopDate) - Number(startDate)) / 1_000).toBeGreaterThanOrEqual(afterSeconds);
  });
});
