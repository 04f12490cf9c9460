import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';

import { deadlineBounds } from '../../functions/detection/input.ts';
import { definitionOf, type State } from '../../infra/definition.ts';
import { snapshot } from './snapshot.ts';

const { StartAt, States, TimeoutSeconds = 0 } = snapshot();
const stateNamed = (name: string): State => {
  const state = States[name];
  if (state === undefined) throw new Error(`there is no state ${name}`);
  return state;
};
const successors = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...Choices.map((rule) => rule.Next), ...Catch.map((catcher) => catcher.Next)].filter(
    (name) => name !== undefined,
  );

/** The longest that the waits before retries can last, should every retrier of the state use up its attempts. */
const retryWaitSeconds = ({ Retry = [] }: State): number =>
  Retry.flatMap(({ IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity, MaxAttempts = 3 }) =>
    Array.from({ length: MaxAttempts }, (_, n) =>
      Math.min(IntervalSeconds * BackoffRate ** n, MaxDelaySeconds),
    ),
  ).reduce((sum, seconds) => sum + seconds, 0);

/** The same with the attempts themselves; a throttled call is refused at once. */
const worstSeconds = (state: State): number => {
  const attempts = (state.Retry ?? [])
    .filter(({ ErrorEquals }) => !ErrorEquals.includes('Lambda.TooManyRequestsException'))
    .reduce((sum, { MaxAttempts = 3 }) => sum + MaxAttempts, 1);
  return retryWaitSeconds(state) + attempts * (state.TimeoutSeconds ?? Infinity);
};

const templateWith = (DefinitionString: unknown) => ({
  Resources: { Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString } } },
});

describe('the definition', () => {
  it('is valid Amazon States Language', () => {
    expect(validate(snapshot()).errorsText()).toBe('');
  });

  it('has the states that operators know, and no other', () => {
    expect(Object.fromEntries(Object.entries(States).map(([name, { Type }]) => [name, Type]))).toEqual({
      Poll: 'Task',
      'What next?': 'Choice',
      Wait: 'Wait',
      Settled: 'Succeed',
      Abandoned: 'Fail',
      Refused: 'Fail',
      'Record abandonment': 'Task',
      'Execution lost': 'Pass',
    });
  });

  it('reaches every state', () => {
    const reached = new Set([StartAt]);
    for (const name of reached) for (const next of successors(stateNamed(name))) reached.add(next);
    expect([...reached].toSorted()).toEqual(Object.keys(States).toSorted());
  });

  it('leaves no choice without a default', () => {
    const choices = Object.values(States).filter(({ Type }) => Type === 'Choice');
    expect(choices.map(({ Default }) => Default)).not.toContain(undefined);
  });

  it('lets no error of a task end the execution by itself, and carries nothing of it on', () => {
    for (const { Catch } of Object.values(States).filter(({ Type }) => Type === 'Task')) {
      expect(Catch).toEqual([expect.objectContaining({ ErrorEquals: ['States.ALL'], ResultPath: null })]);
    }
  });

  it('spreads every retry with full jitter', () => {
    const retriers = Object.values(States).flatMap(({ Retry = [] }) => Retry);
    const jitters = retriers
      .filter(({ MaxAttempts }) => MaxAttempts !== 0)
      .map(({ JitterStrategy }) => JitterStrategy);
    expect(new Set(jitters)).toEqual(new Set(['FULL']));
  });

  it.each([
    ['Poll', 1_440],
    ['Record abandonment', 2],
  ])('%s waits at most %i minutes for its retries', (name, minutes) => {
    expect(retryWaitSeconds(stateNamed(name))).toBeLessThanOrEqual(minutes * 60);
  });

  it('times out only behind the longest deadline and everything that may be retried at it', () => {
    const worst = worstSeconds(stateNamed('Poll')) + worstSeconds(stateNamed('Record abandonment'));
    expect(TimeoutSeconds).toBeGreaterThan(deadlineBounds.maxSeconds + worst);
  });
});

describe('definitionOf', () => {
  it('refuses a template without exactly one state machine', () => {
    expect(() => definitionOf({ Resources: {} })).toThrow('expected one state machine, got 0');
  });

  it('refuses a token that it has no placeholder for', () => {
    expect(() => definitionOf(templateWith({ Ref: 'Queue' }))).toThrow('no placeholder for {"Ref":"Queue"}');
  });

  it('refuses what is no definition', () => {
    expect(() => definitionOf(templateWith('{}'))).toThrow('not a state machine definition');
  });
});
