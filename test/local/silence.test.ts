import { StateMachine } from 'aws-local-stepfunctions';
import { afterAll, beforeAll, describe, expect, it, type MockInstance, vi } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import { policyOf } from '../../functions/poll/policy.ts';
import { metrics } from '../../functions/telemetry/metrics.ts';
import type { Script } from '../../local/simulator/script.ts';
import { hostileAnswers } from '../support/hostile-answers.ts';
import { scenarios } from '../support/scenarios.ts';
import { type CapturedTelemetry, captureTelemetry, contextOf } from '../support/telemetry.ts';
import { canaryKey, createWorld, type World } from '../support/world.ts';

const words = 's3cr3t-words-of-the-provider';
const theirs = [words, 'cdn.crun.example', canaryKey];
const secrets = [...theirs, 'media.example', 'c4llers-metadata'];
const input = { media_url: 'https://media.example/secret.jpg', metadata: { note: 'c4llers-metadata' } };
/** Those of the provider whose words do not stand in the step itself. */
const talkative = (script: Script): Script =>
  script.map((step) => {
    if (step.step === 'failed') return { ...step, error: words };
    if (step.step === 'bareStatus') return { ...step, body: words };
    return step.step === 'code' ? { ...step, message: words } : step;
  });
const hostile = Object.entries(hostileAnswers({ key: canaryKey, words, host: 'cdn.crun.example' }));
/** So that whatever never ends is waited for in vain, and not for long. */
const callTimeoutMs = 600;

/** Every entry of every execution's history, with the input and output of each state. */
async function historiesOf(machines: MockInstance<StateMachine['run']>): Promise<string> {
  const entries: unknown[] = [];
  for (const { value } of machines.mock.results)
    for await (const entry of (value as ReturnType<StateMachine['run']>).eventLogs) entries.push(entry);
  return JSON.stringify(entries);
}

describe.each(workflowTypes)('what a function writes, over every story of %s', (type) => {
  let world: World;
  /** How executions ended. */
  let endings: unknown[];
  let telemetry: CapturedTelemetry & Disposable;
  /** What the workflow service keeps of them. */
  let kept: string;
  beforeAll(async () => {
    telemetry = captureTelemetry();
    const machines = vi.spyOn(StateMachine.prototype, 'run');
    endings = [];
    world = await createWorld({
      type,
      policy: { ...policyOf(type), callTimeoutMs },
      telemetry,
      database: { isDirect: true },
    });
    for (const [index, scenario] of scenarios.entries())
      await tell(scenario.script, `story-${index}`, scenario.input);
    for (const [index, [, script]] of hostile.entries()) await tell(script, `hostile-${index}`);
    kept = await historiesOf(machines);
    machines.mockRestore();
  }, 60_000);
  afterAll(async () => {
    telemetry[Symbol.dispose]();
    await world.close();
  });

  /** One execution as one invocation: the world is not of Lambda. */
  async function tell(script: Script, detect_task_id: string, more: object = {}): Promise<void> {
    world.simulator.submit(talkative(script), detect_task_id);
    await telemetry.during(contextOf(detect_task_id), { detect_task_id }, async () => {
      endings.push(await world.execute(detect_task_id, { detect_task_id, ...input, ...more }));
    });
  }

  it('holds no key, no link and no words of others, and names the task on each line', async () => {
    const text = telemetry.text();
    const carried = JSON.stringify([world.carried, world.events, endings]);
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
      // Nor do state, output and event, which Step Functions and EventBridge keep for themselves.
      expect(carried).not.toContain(secret);
    }
    expect(endings).toHaveLength(scenarios.length + hostile.length);
    expect(world.simulator.unread().filter((id) => id.startsWith('hostile'))).toEqual([]);
    expect(kept.match(/"StateExited"/g)?.length).toBeGreaterThan(3 * endings.length);
    // A caller that starts an execution itself puts its own words into the input.
    expect(kept).toContain('c4llers-metadata');
    for (const secret of theirs) expect(kept).not.toContain(secret);
    expect(world.events.length).toBeGreaterThan(scenarios.length);
    // A status is logged by its name: cut, in small letters, and with a mark for each other sign.
    expect(text).not.toContain(canaryKey.toLowerCase().slice(0, 12));
    expect(text).not.toContain('cdn?crun?example');
    const lines = telemetry.lines();
    expect(lines.length).toBeGreaterThan(scenarios.length + hostile.length);
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(INFO|WARN)$/) as unknown,
        detect_task_id: expect.stringMatching(/^(story|hostile)-\d+$/) as unknown,
        request_id: line['detect_task_id'],
        next: expect.any(String) as unknown,
      });
    }
    // They do reach the record, so that the check above can fail.
    const failed = scenarios.findIndex(({ expected }) => expected.error === 'DETECTION_FAILED');
    expect((await world.client.get(`story-${failed}`))?.error?.provider_message).toBe(words);
  });

  it('measures in known names, units and dimensions, and never by the task', () => {
    const known = Object.values(metrics).map((metric) => ({
      name: `${metric.name} ${metric.unit}`,
      dimensions: ['TableName', ...('by' in metric ? [metric.by.dimension] : [])],
    }));
    const seen = new Set<string>();
    for (const document of telemetry.documents()) {
      const { _aws: aws } = document;
      const [directive, ...others] = aws.CloudWatchMetrics;
      expect(others).toEqual([]);
      const [dimensions = [], ...sets] = directive?.Dimensions ?? [];
      expect(sets).toEqual([]);
      for (const { Name, Unit } of directive?.Metrics ?? []) {
        expect(known).toContainEqual({ name: `${Name} ${Unit}`, dimensions });
        for (const value of [document[Name]].flat()) expect(value).toBeGreaterThanOrEqual(0);
        seen.add(Name);
      }
      const told = dimensions.map((dimension) => document[dimension]);
      expect(told.every((value) => typeof value === 'string' && value !== '')).toBe(true);
      expect(JSON.stringify(document)).not.toMatch(/(story|hostile)-/);
    }
    expect([...seen].toSorted()).toEqual([
      'Abandoned',
      'AgeAtFinal',
      'AnswerLag',
      'Answered',
      'Calls',
      'Polls',
    ]);
  });
});
