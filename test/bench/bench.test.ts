import { describe, expect, it } from 'vitest';

import { dollars } from '../../cli/prices.ts';
import { policyOf } from '../../functions/poll/policy.ts';
import { seededRandom } from '../support/random.ts';
import { contextOf, captureTelemetry } from '../support/telemetry.ts';
import { createVirtualWorld } from '../support/virtual-world.ts';
import { logsOf, nothing } from './account.ts';
import { archiveCosts } from './archive.ts';
import { brokenBars, dominated } from './bars.ts';
import { brokenBurstBars, type Burst, runBurst } from './bursts.ts';
import { model } from './model.ts';
import { differences } from './ours.ts';
import { readPublished } from './publish.ts';
import { runRival } from './rivals.ts';
import { type Benched, type Job, jobsOf, type PolicyName, run } from './run.ts';
import {
  conditionNames,
  type Conditions,
  durationsOf,
  otherConditions,
  standardConditions as conditions,
  workloadNames,
} from './workloads.ts';

const published = await readPublished();
const publishedRow = (workload: string, policy: string) => {
  const row = published.rows.find((each) => each.workload === workload && each.policy === policy);
  if (row === undefined) throw new Error(`no row for ${workload} and ${policy}`);
  return row;
};

const under = (policy: PolicyName, one: Conditions): Promise<Benched> =>
  run({ workload: 'image', policy, tasks: 5, seed: 3, conditions: one });
const secondsOf = ({ row }: Benched): number => row.sandboxSecondsPerTask;

describe('what an archive adds', () => {
  it('is what is published, and the sum of its parts', async () => {
    expect(await archiveCosts([1, 30])).toEqual(published.archive.slice(0, 2));
    for (const { function: ofFunction, pictures, others, allIn } of published.archive)
      expect(ofFunction + pictures + others).toBeCloseTo(allIn, 5);
    // The faces of a detection share its lists, its manifest and the writes of its record; each is written once.
    const [one, , thousand] = published.archive;
    expect(one?.allIn).toBeGreaterThan(2 * (thousand?.allIn ?? Infinity));
    expect(thousand?.pictures).toBeGreaterThan(1_000 * dollars.s3Put);
  });
});

describe('the bench', () => {
  it('has a row for every policy on every workload, and no record that says otherwise than was counted', async () => {
    const rows = [];
    for (const job of jobsOf({ seed: 7, tasks: 4 })) {
      const { row, mismatches } = await run(job);
      expect(mismatches).toEqual([]);
      expect(row).toMatchObject({ workload: job.workload, policy: job.policy });
      expect(Object.values(row)).not.toContain(Number.NaN);
      expect(row.lagMeanS === null).toBe(row.lost === job.tasks);
      expect(row.allInCostPerMillion).toBeGreaterThan(row.waitingCostPerMillion);
      rows.push(row);
    }
    expect(rows).toHaveLength(45);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      'workload',
      'policy',
      'lagMeanS',
      'lagP50S',
      'lagP99S',
      'polls',
      'transitions',
      'sandboxSecondsPerTask',
      'lost',
      'waitingCostPerMillion',
      'allInCostPerMillion',
      'costs',
    ]);
  });

  it.each(['ours-express', 'ours-standard', 'durable-default'] as const)(
    'repeats %s by the seed',
    async (policy) => {
      const job: Job = { workload: 'image', policy, tasks: 15, seed: 3, conditions };
      const [one, same, other] = [await run(job), await run(job), await run({ ...job, seed: 4 })];
      expect(same).toEqual(one);
      expect(other.row).not.toEqual(one.row);
    },
  );

  it('adds a cold start, work and handshakes to every policy, and to no record', async () => {
    // One call of 150 ms, and 250 + 40 + 120 ms beside it.
    expect(secondsOf(await under('aws-job-poller', otherConditions.worked))).toBe(0.56);
    const worked = await under('ours-express', otherConditions.worked);
    expect(worked.mismatches).toEqual([]);
    expect(secondsOf(worked)).toBeGreaterThan(secondsOf(await under('ours-express', conditions)));
  });

  it('notices a record whose account is wrong, and one that is missing', () => {
    const head = { status: 'succeeded', polls: 4, invocations: 1, lambda_ms: 650 };
    const account = { ...nothing, polls: 5, invocations: 1, lambdaMs: 650 };
    expect(differences('task', { kind: 'head', head: head as never }, account)).toEqual([
      'task: polls is 4 and was 5',
    ]);
    expect(differences('task', { kind: 'absent' }, account)).toEqual(['task: did not succeed']);
  });

  it('draws the same mean from every seed', () => {
    for (const workload of workloadNames) {
      const means = [1, 2, 3].map((seed) => {
        const durations = durationsOf(workload, 1_000, seededRandom(seed));
        return durations.reduce((sum, ms) => sum + ms, 0) / durations.length;
      });
      expect(Math.max(...means) / Math.min(...means)).toBeLessThan(1.02);
    }
  });
});

describe('a rival', () => {
  it.each([
    // Wait 30 s and a call; wait, status, choice, final status, done.
    ['aws-job-poller', 1_500, { lagMs: 28_650, polls: 1, transitions: 5, invocations: 1 }],
    ['aws-job-poller', 40_000, { lagMs: 20_300, polls: 2, transitions: 8, invocations: 2 }],
    ['loop-5s', 1_500, { lagMs: 3_800, polls: 2, transitions: 6, lambdaMs: 300 }],
    // Calls at 0, 1.15, 2.8 and 5.2 s.
    ['retry-as-poll', 3_000, { lagMs: 2_350, polls: 4, transitions: 4, writes: 1 }],
    ['bare-lambda-loop', 1_500, { lagMs: 600, polls: 4, transitions: 0, invocations: 1, lambdaMs: 2_100 }],
    ['durable-default', 10, { lagMs: 140, polls: 1, operations: 3, invocations: 1 }],
  ] as const)('%s takes a task of %i ms as its documentation says', async (name, durationMs, expected) => {
    expect(await runRival(name, [durationMs], { seed: 1, conditions })).toMatchObject([expected]);
  });

  it('waits durably for whole seconds, up to the wait that has grown by half', async () => {
    const [account] = await runRival('durable-default', [60_000], { seed: 2, conditions });
    expect((account?.lagMs ?? 0) % 1_000).toBe((150 * (account?.polls ?? 0)) % 1_000);
    expect(account?.operations).toBe((account?.polls ?? 0) + 2);
  });
});

describe('a burst', () => {
  const burst: Burst = {
    type: 'STANDARD',
    workload: 'gif',
    tasks: 60,
    sandboxes: 4,
    perSecond: 0,
    seed: 1,
  };

  it('loses no task where the account has few sandboxes', async () => {
    const row = await runBurst(burst);
    expect(row).toMatchObject({ lost: 0, peakSandboxes: 4 });
    expect(row.throttled).toBeGreaterThan(60);
  });

  it('holds few sandboxes while it waits for slots', async () => {
    const row = await runBurst({ ...burst, sandboxes: 1_000, perSecond: 2 });
    expect(row.lost).toBe(0);
    expect(row.peakSandboxes).toBeLessThanOrEqual(15);
  });

  it('breaks a bar by a lost task, and by sandboxes at the default rate', () => {
    const { seed: _, ...told } = burst;
    const row = { ...told, lagMeanS: 1, lagMaxS: 1, peakSandboxes: 16, throttled: 0, lost: 1 };
    expect(brokenBurstBars([row])).toEqual(['burst, STANDARD, 4 sandboxes: 1 tasks are lost']);
    expect(brokenBurstBars([{ ...row, lost: 0, perSecond: 2 }])).toHaveLength(1);
  });
});

describe('the bars', () => {
  it('hold in what is published', () => {
    expect(brokenBars(published.rows)).toEqual([]);
  });

  it('hold in what is published under other conditions, and break by a rival that is cheaper and faster', () => {
    for (const name of conditionNames) expect(dominated(published.under[name] ?? []), name).toEqual([]);
    const better = (published.under.far ?? []).map((row) =>
      row.policy === 'loop-5s' ? { ...row, waitingCostPerMillion: 1, lagMeanS: 0.1 } : row,
    );
    expect(dominated(better)).toContain('image: loop-5s is both cheaper and faster than ours-express');
  });

  it.each([
    ['image', 'ours-express', { waitingCostPerMillion: 9.51 }, 'waitingCostPerMillion is 9.51'],
    ['image', 'ours-express', { lagP50S: 0.46 }, 'lagP50S is 0.46'],
    ['image', 'ours-express', { allInCostPerMillion: 30 }, 'allInCostPerMillion is 30'],
    ['gif', 'ours-standard', { sandboxSecondsPerTask: 8.6 }, 'sandboxSecondsPerTask is 8.6'],
    ['short', 'ours-standard', { lost: 1 }, 'lost is 1'],
    ['video', 'ours-express', { lagMeanS: 3.1 }, 'lagMeanS is 3.1'],
    ['gif', 'ours-standard', { lagMeanS: 1.7 }, 'lagMeanS is 1.7'],
    [
      'gif',
      'retry-as-poll',
      { waitingCostPerMillion: 100, lagMeanS: 0.1 },
      'both cheaper and faster than ours-standard',
    ],
    ['image', 'durable-default', { waitingCostPerMillion: 20 }, 'its part of what durable-default costs'],
    ['image', 'durable-default', { lagP50S: 0.1 }, 'the lower p50 lag'],
  ] as const)('tell of %s by %s where it has %j', (workload, policy, change, told) => {
    const rows = published.rows.map((row) =>
      row.workload === workload && row.policy === policy ? { ...row, ...change } : row,
    );
    expect(brokenBars(rows)).toEqual([expect.stringContaining(told)]);
  });

  it('let the loop that survives nothing be cheaper and faster', () => {
    const rows = published.rows.map((row) =>
      row.policy === 'bare-lambda-loop' ? { ...row, waitingCostPerMillion: 1, lagMeanS: 0.1 } : row,
    );
    expect(brokenBars(rows)).toEqual([]);
  });
});

describe('the model', () => {
  it.each(
    workloadNames.flatMap((workload) =>
      (['EXPRESS', 'STANDARD'] as const).map((type) => [workload, type] as const),
    ),
  )('comes near to what the bench measured of %s on %s', (workload, type) => {
    const { waitingDollars, lagMeanS, polls } = model(type, workload, policyOf(type));
    const row = publishedRow(workload, `ours-${type.toLowerCase()}`);
    expect(waitingDollars / row.waitingCostPerMillion).toBeCloseTo(1, 1);
    expect(polls / row.polls).toBeCloseTo(1, 1);
    expect(Math.abs(lagMeanS / (row.lagMeanS ?? Number.NaN) - 1)).toBeLessThan(0.15);
  });
});

describe('the estimate of logs', () => {
  it('is what a function writes, within a tenth', async () => {
    using captured = captureTelemetry();
    const world = await createVirtualWorld({ telemetry: captured });
    const counted = await createVirtualWorld();
    for (const { clock, provider } of [world, counted]) {
      provider.submit('task-123', 3_000);
      const event = {
        state: { detect_task_id: 'task-123' },
        execution_name: '1-task-123',
        execution_arn: 'arn',
      };
      const invoke = clock === world.clock ? world.invoke : counted.invoke;
      const ids = { detect_task_id: 'task-123', attempt: 1, execution_name: '1-task-123' };
      await clock.attend(() =>
        captured.during(contextOf('8b1b0c2e-9c56-4a0e-9a3c-3a3c0f6f2d3e'), ids, () =>
          invoke(event, clock.now() + 60_000),
        ),
      );
    }
    const events = captured
      .text()
      .split('\n')
      .filter((line) => line !== '');
    const written = captured.text().length + 26 * events.length;
    const { lines, bytes, documents } = counted.logged;
    const logs = logsOf({ invocations: 1, lines, lineBytes: bytes, documents });
    const estimated = logs.lines + logs.metrics;
    expect(estimated / written).toBeGreaterThan(0.9);
    expect(estimated / written).toBeLessThan(1.1);
    await world.close();
    await counted.close();
  });
});
