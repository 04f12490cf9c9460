/** Every name of an error that the code or a definition matches is one that AWS answers with. */
import { describe, expect, inject, it } from 'vitest';

import { workflowTypes } from '../../functions/detection/types.ts';
import { committedDefinition } from '../../local/definition.ts';
import { commonErrors, errorsOfSdk, errorsOfTasks } from './common-errors.ts';
import { modules, sdkNamesOf } from './instrument.ts';
import { errorsOf, faultsOf, modelOf } from './model.ts';

const data = inject('models');
const product = modules();
const used = new Set([...product.values()].flatMap((code) => [...sdkNamesOf(code).values()]));
const published = new Set([
  ...commonErrors,
  ...errorsOfSdk,
  ...[...used].flatMap((service) => {
    const model = modelOf(service, data);
    return Object.keys(model.operations).flatMap((operation) => errorsOf(model, operation));
  }),
]);

const isBeginning = (start: string): boolean => [...published].some((name) => name.startsWith(start));

/** What the services' own names end in; ours that do so are classes of ours. */
const literals = /'([A-Z]\w*(?:Exception|Exceeded|Exists?|NotFound|Throttling|Error|Failure))'/g;
const patterns = /\/\^\(?([\w|]+)\)?\$?\/\.test\(name\)/g;

describe('the errors of AWS', () => {
  const ours = new Set(
    [...product.values()].flatMap((code) =>
      [...code.matchAll(/\bclass (\w+) extends \w*Error\b/g)].map(([, name]) => name),
    ),
  );

  it('that are matched by their class are in the model of the service', () => {
    const classes = [...product.values()].flatMap((code) =>
      [...sdkNamesOf(code)].filter(([name]) => !/(?:Client|Command)$/.test(name)),
    );
    expect(classes.length).toBeGreaterThan(5);
    const unknown = classes.filter(([name, service]) => {
      const { shapes } = modelOf(service, data);
      return shapes[name]?.exception !== true;
    });
    expect(unknown).toEqual([]);
  });

  it('that are matched by their name are published', () => {
    const names = [...product.values()].flatMap((code) => [
      ...[...code.matchAll(literals)].map(([, name = '']) => name),
      // `startsWith`, of the two spellings of a denial.
      ...[...code.matchAll(/\.startsWith\('(AccessDenied)'\)/g)].map(([, name = '']) => name),
    ]);
    expect(names.length).toBeGreaterThan(5);
    expect(new Set(names.filter((name) => !ours.has(name) && !published.has(name)))).toEqual(new Set());
    const beginnings = [...product.values()].flatMap((code) =>
      [...code.matchAll(patterns)].flatMap(([, all = '']) => all.split('|')),
    );
    expect(beginnings.length).toBeGreaterThan(5);
    expect(beginnings.filter((start) => !isBeginning(start))).toEqual([]);
  });

  it.each(workflowTypes)('that the %s definition matches are those of its tasks', (type) => {
    const text = JSON.stringify(committedDefinition(type));
    const names = [...text.matchAll(/"ErrorEquals":\[([^\]]*)\]/g)].flatMap(([, list = '']) =>
      list.split(',').map((name) => JSON.parse(name) as string),
    );
    expect(names.length).toBeGreaterThan(5);
    const lambda = errorsOf(modelOf('lambda', data), 'Invoke').map((name) => `Lambda.${name}`);
    const dynamodb = errorsOf(modelOf('dynamodb', data), 'UpdateItem').map((name) => `DynamoDB.${name}`);
    const sfn = errorsOf(modelOf('sfn', data), 'StartExecution').map((name) => `StepFunctions.${name}`);
    const known = [...lambda, ...dynamodb, ...sfn, ...errorsOfTasks, ...ours];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each(workflowTypes)(
    'stand beside parameters of the %s definition that are those of the services',
    (type) => {
      const { States } = committedDefinition(type) as { States: Record<string, Task> };
      const tasks = Object.values(States).flatMap(({ Resource = '', Parameters = {} }) => {
        const [, service = '', operation = ''] = /:states:::(\w+):(\w+)$/.exec(Resource) ?? [];
        return service === '' ? [] : [{ service, operation, Parameters }];
      });
      expect(tasks.length).toBeGreaterThan(0);
      for (const { service, operation, Parameters } of tasks) {
        const model = modelOf(service === 'states' ? 'sfn' : service, data);
        const name = operation.replace(/^\w/, (letter) => letter.toUpperCase());
        expect(faultsOf(model, name, 'input', rendered(Parameters, service === 'states'))).toEqual([]);
      }
    },
  );
});

interface Task {
  Resource?: string;
  Parameters?: object;
}

/** As the service gets it: what is read from the input is some text, and Step Functions' own API begins its members small. */
function rendered(value: unknown, isSmall = false): unknown {
  if (Array.isArray(value)) return value.map((one) => rendered(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const [member, given] = name.endsWith('.$')
        ? ([name.slice(0, -2), 'a-value'] as const)
        : ([name, rendered(one)] as const);
      return [isSmall ? member.replace(/^\w/, (letter) => letter.toLowerCase()) : member, given];
    }),
  );
}
