/** The published models of AWS's services, as botocore ships them, and what a value violates of them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

interface Member {
  shape: string;
}

interface Shape {
  type: string;
  members?: Record<string, Member>;
  required?: string[];
  union?: boolean;
  member?: Member;
  key?: Member;
  value?: Member;
  enum?: string[];
  pattern?: string;
  min?: number;
  max?: number;
}

interface Operation {
  input?: Member;
  output?: Member;
  errors?: Member[];
}

export interface Model {
  metadata: { serviceId: string };
  operations: Record<string, Operation>;
  shapes: Record<string, Shape & { exception?: boolean; error?: { code?: string } }>;
}

/** The SDK's names of services, where botocore has another one. */
const folderOf: Record<string, string> = {
  sfn: 'stepfunctions',
  eventbridge: 'events',
  'secrets-manager': 'secretsmanager',
  'api-gateway': 'apigateway',
  apigatewayv2: 'apigatewayv2',
  'cloudwatch-logs': 'logs',
};

const models = new Map<string, Model>();

export function modelOf(service: string, data: string): Model {
  const known = models.get(service);
  if (known !== undefined) return known;
  const folder = path.join(data, folderOf[service] ?? service);
  const version = readdirSync(folder).toSorted().at(-1) ?? '';
  const text = gunzipSync(readFileSync(path.join(folder, version, 'service-2.json.gz'))).toString();
  const model = JSON.parse(text) as Model;
  models.set(service, model);
  return model;
}

/** The errors that an operation is documented to answer with. */
export const errorsOf = ({ operations, shapes }: Model, operation: string): string[] =>
  (operations[operation]?.errors ?? []).flatMap(({ shape }) => [shape, shapes[shape]?.error?.code ?? shape]);

/** Each violation in one line: where, and what of the model. */
export function faultsOf(
  model: Model,
  operation: string,
  side: 'input' | 'output',
  value: unknown,
): string[] {
  const known = model.operations[operation];
  if (known === undefined) return [`${model.metadata.serviceId} has no operation ${operation}`];
  const shape = known[side]?.shape;
  if (shape === undefined) return Object.keys(value ?? {}).map((name) => `${side}.${name}: not in the model`);
  return [...judge(model, shape, value, side)];
}

function* judge(model: Model, name: string, value: unknown, at: string): Generator<string> {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  switch (shape.type) {
    case 'structure':
      return yield* judgeStructure(model, shape, value, at);
    case 'list':
      if (!Array.isArray(value)) return yield `${at}: not a list`;
      yield* judgeSize(shape, value.length, at);
      for (const [index, one] of value.entries())
        yield* judge(model, shape.member?.shape ?? '', one, `${at}[${index}]`);
      return;
    case 'map':
      if (!isObject(value)) return yield `${at}: not a map`;
      yield* judgeSize(shape, Object.keys(value).length, at);
      for (const [key, one] of Object.entries(value)) {
        yield* judge(model, shape.key?.shape ?? '', key, `${at} key`);
        yield* judge(model, shape.value?.shape ?? '', one, `${at}.*`);
      }
      return;
    case 'string':
      return yield* judgeText(shape, value, at);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      if (typeof value !== 'number') return yield `${at}: not a number`;
      if (/integer|long/.test(shape.type) && !Number.isInteger(value)) yield `${at}: not whole`;
      return yield* judgeSize(shape, value, at);
    case 'boolean':
      if (typeof value !== 'boolean') yield `${at}: not a boolean`;
      return;
    case 'timestamp':
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) yield `${at}: not a date`;
      return;
    case 'blob':
      // Streams, text and bytes: what the SDK takes.
      if (typeof value === 'number' || typeof value === 'boolean') yield `${at}: not bytes`;
      return;
    default:
      throw new Error(`${name} is of an unknown type, ${shape.type}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function* judgeStructure(model: Model, shape: Shape, value: unknown, at: string): Generator<string> {
  if (!isObject(value)) return yield `${at}: not a structure`;
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  const names = given.map(([name]) => name);
  for (const name of shape.required ?? []) if (!names.includes(name)) yield `${at}.${name}: missing`;
  if (shape.union === true && names.length !== 1) yield `${at}: ${names.length} members of a union`;
  for (const [name, one] of given) {
    const member = shape.members?.[name];
    if (member === undefined) yield `${at}.${name}: not in the model`;
    else yield* judge(model, member.shape, one, `${at}.${name}`);
  }
}

function* judgeSize({ min, max }: Shape, size: number, at: string): Generator<string> {
  if (min !== undefined && size < min) yield `${at}: ${size} is under ${min}`;
  if (max !== undefined && size > max) yield `${at}: ${size} is over ${max}`;
}

function* judgeText(shape: Shape, value: unknown, at: string): Generator<string> {
  if (typeof value !== 'string') return yield `${at}: not text`;
  yield* judgeSize(shape, value.length, at);
  if (shape.enum?.includes(value) === false) yield `${at}: none of ${shape.enum.length} values`;
  if (shape.pattern !== undefined && !matches(shape.pattern, value)) yield `${at}: not ${shape.pattern}`;
}

/** The whole text, as services match it. */
function matches(pattern: string, value: string): boolean {
  const whole = `^(?:${pattern})$`;
  try {
    return new RegExp(whole, 'u').test(value);
  } catch {
    // Written for Java: escapes that are none under the flag.
    return new RegExp(whole).test(value);
  }
}
