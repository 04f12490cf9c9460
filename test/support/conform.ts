/** Whether an answer is one that the committed document describes. */
import { readFileSync } from 'node:fs';

import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import { match } from '../../functions/api/match.ts';
import type { ApiResponse } from '../../functions/api/message.ts';

export interface Schema {
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}
export interface Operation {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query'; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<
    string,
    {
      content?: Record<string, { schema: Schema }>;
      headers?: Record<string, { required?: false; schema: Schema }>;
    }
  >;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export const document = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as Document;
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

/** Readers are to expect attributes that are not known today; today's answers may have none. */
const closed = JSON.parse(JSON.stringify(document), (_, value: Schema) =>
  typeof value === 'object' && value?.properties && !('additionalProperties' in value)
    ? { ...value, additionalProperties: false }
    : value,
) as Document;

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addVocabulary(['components', 'paths', 'openapi', 'info', 'servers', 'security']);
ajv.addSchema({ $id: 'document', ...closed });

export const validatorOf = ({ $ref }: Schema): ValidateFunction => {
  const validate = ajv.getSchema(`document${String($ref)}`);
  if (validate === undefined) throw new Error(`${String($ref)}: is no schema of the document`);
  return validate;
};

/** What is wrong with an answer by the document; an empty list where nothing is. */
export function faultsOf(method: string, path: string, answer: ApiResponse): string[] {
  const matched = match(method, path);
  const type = answer.headers['content-type'];
  // What no operation is asked for is told as a problem all the same.
  const operation =
    matched.kind === 'operation'
      ? operations.find(({ operationId }) => operationId === matched.operation)
      : undefined;
  const described = operation?.responses[answer.status];
  if (operation !== undefined && described === undefined) return [`${answer.status} is not described`];
  const content =
    operation === undefined
      ? { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
      : (described?.content ?? {});
  const missing = Object.entries(described?.headers ?? {})
    .filter(([name, { required }]) => required !== false && !(name.toLowerCase() in answer.headers))
    .map(([name]) => name);
  if (missing.length > 0) return missing.map((name) => `${name} is missing`);
  if (type === undefined)
    return answer.body === '' && Object.keys(content).length === 0 ? [] : ['has no type'];
  const schema = content[type]?.schema;
  if (schema === undefined)
    return operation && Object.keys(content).length === 0 ? [] : [`${type} is not described`];
  const validate = validatorOf(schema);
  const isLines = type === 'application/x-ndjson';
  const values = isLines ? answer.body.split('\n').filter((line) => line !== '') : [answer.body];
  return values.flatMap((value) =>
    validate(JSON.parse(value)) ? [] : (validate.errors ?? []).map((error) => ajv.errorsText([error])),
  );
}
