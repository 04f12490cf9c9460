/** Each state of both committed definitions alone, with inputs at its edges, by the TestState of an interpreter. */
import { TestStateCommand } from '@aws-sdk/client-sfn';
import { describe, expect, inject, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import { committedDefinition } from '../../local/definition.ts';
import { stepFunctions } from './step-functions.ts';

const sfn = stepFunctions();

const goesTo = (nextState: string) => ({ status: 'SUCCEEDED', nextState });
const error = { code: 'DEADLINE_EXCEEDED', message: 'It is over.' };

const cases: [state: string, input: object, ends: object][] = [
  ['What next?', { next: 'wait' }, goesTo('Wait')],
  ['What next?', { next: 'settled' }, goesTo('Settled')],
  ['What next?', { next: 'abandoned' }, goesTo('Abandoned')],
  ['What next?', { next: 'rejected-input' }, goesTo('Refused')],
  ['What next?', {}, goesTo('Record abandonment')],
  ['What next?', { next: null }, goesTo('Record abandonment')],
  ['What next?', { next: 3 }, goesTo('Record abandonment')],
  ['What next?', { next: ['wait'] }, goesTo('Record abandonment')],
  ['What next?', { next: 'WAIT' }, goesTo('Record abandonment')],
  ['What next?', { next: ' wait' }, goesTo('Record abandonment')],
  ['Wait', { wait_seconds: 0 }, goesTo('Poll')],
  ['Wait', { wait_seconds: 1 }, goesTo('Poll')],
  ['Settled', { output: { a: 1 } }, { status: 'SUCCEEDED', output: '{"a":1}' }],
  ['Abandoned', { error }, { status: 'FAILED', error: error.code, cause: error.message }],
  ['Refused', { error }, { status: 'FAILED', error: 'InvalidInput', cause: error.message }],
  ['Execution lost', {}, goesTo('Abandoned')],
];
const continued: (typeof cases)[number] = ['What next?', { next: 'continue' }, goesTo('Start next leg')];

describe.each(workflowTypes)('a state of the %s definition', (type) => {
  const { States } = committedDefinition(type) as { States: Record<string, object> };

  it('has its case here, unless a part of ours runs in it', () => {
    const tasks = Object.keys(States).filter((name) =>
      JSON.stringify(States[name]).includes('"Type":"Task"'),
    );
    const tested = new Set([...cases.map(([state]) => state), ...tasks]);
    expect([...tested].toSorted()).toEqual(Object.keys(States).toSorted());
  });

  const all = type === 'EXPRESS' ? [...cases, continued] : cases;
  // LocalStack fails to end a Wait that is tested alone.
  const judged = all.filter(([state]) => inject('engine') !== 'localstack' || state !== 'Wait');
  it.for(judged)('%s with %j', async ([state, input, ends], { task }) => {
    task.meta.judged = `${type} states`;
    const tested = await sfn.send(
      new TestStateCommand({
        definition: JSON.stringify(States[state]),
        roleArn: 'arn:aws:iam::000000000000:role/workflow',
        input: JSON.stringify(input),
      }),
    );
    const output = tested.output?.replaceAll(/\s/g, '');
    expect({ ...tested, output }).toMatchObject(ends);
  });
});
