/** The operations of the API's document, from the table of its routes. */
import * as z from 'zod/mini';

import { maxBodyBytes } from '../../functions/api/input.ts';
import { type Answer, type OperationId, routeList } from '../../functions/api/routes.ts';
import { FaceId } from '../../functions/detection/face-id.ts';
import { fields } from '../../functions/detection/fields.ts';

export type Json = Record<string, unknown>;
type Route = (typeof routeList)[OperationId];
export const uri = (name: string): string => `#/components/schemas/${name}`;

const mediaTypes: Record<string, string> = {
  Problem: 'application/problem+json',
  ActionResult: 'application/x-ndjson',
};

const content = (body: string): Json => ({
  [mediaTypes[body] ?? 'application/json']: { schema: { $ref: uri(body) } },
});

const response = ({ body, ...answer }: Answer): Json => ({
  ...answer,
  ...(body !== undefined && { content: content(body) }),
});

/** A query is text; a parameter is described as the value that its text stands for. */
function parameters(place: 'path' | 'query', schema: z.ZodMiniType): Json[] {
  const { properties = {} } = z.toJSONSchema(schema);
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as Json;
    return { name, in: place, required: place === 'path', description, schema: rest };
  });
}

const { schema: id, description: idDescription } = fields.detect_task_id;
const inPath = z.object({
  detect_task_id: id.check(z.meta({ description: idDescription })),
  face_id: FaceId.check(z.meta({ description: 'The id of a face, as the record has it.' })),
});
const isInPath = ({ name }: Json, { path }: Route): boolean => path.includes(`{${String(name)}}`);

function operation(operationId: string, route: Route): Json {
  const taken = [
    ...parameters('path', inPath).filter((parameter) => isInPath(parameter, route)),
    ...('query' in route ? parameters('query', route.query) : []),
  ];
  return {
    operationId,
    summary: route.summary,
    ...('description' in route && { description: route.description }),
    ...(taken.length > 0 && { parameters: taken }),
    ...('body' in route && { requestBody: { required: true, content: content(route.body) } }),
    responses: Object.fromEntries(
      Object.entries<Answer>({ ...route.answers, ...always }).map(([status, answer]) => [
        status,
        response(answer),
      ]),
    ),
  };
}

/** A deployment's gateway answers some of these itself, in its own form. */
const always: Record<string, Answer> = {
  401: {
    description: 'The token is missing, in the form of the gateway; on one machine also: it is wrong.',
    body: 'Problem',
  },
  403: {
    description:
      'Not signed, or by a wrong token, in the form of the gateway; on one machine: sent by a web page.',
  },
  413: { description: `The body is longer than ${maxBodyBytes} bytes.`, body: 'Problem' },
  421: { description: 'On one machine: the request names another host.', body: 'Problem' },
  429: { description: 'Throttled by the gateway, in its own form: ask again later.' },
  500: { description: 'A fault of ours.', body: 'Problem' },
  503: {
    description: 'A fault that may pass: ask again.',
    body: 'Problem',
    headers: { 'Retry-After': { description: 'The seconds to wait.', schema: { type: 'integer' } } },
  },
};

/** By path and method. */
export function openApiOperations(): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const [operationId, route] of Object.entries(routeList)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(operationId, route) };
  }
  return paths;
}
