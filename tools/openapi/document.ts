/** The API's document, generated from the schemas that check what comes in and describe what goes out. */
import * as z from 'zod/mini';

import { type OperationId, routes } from '../../functions/api/routes.ts';
import { ExecutionInput } from '../../functions/detection/input.ts';
import { always, type Json, operations, uri } from './operations.ts';
import { DetectionSchema, ErrorSchema, FaceSchema, ListSchema, ProblemSchema } from './schemas.ts';

/** What a schema language cannot say of a check that is code, as far as it can. */
const inputDetails = {
  detect_task_id: { description: "The provider's name of the task." },
  media_url: {
    format: 'uri',
    maxLength: 2_048,
    description: 'The media that was submitted: http or https, at most 2 KB.',
  },
  callback_url: {
    format: 'uri',
    maxLength: 2_048,
    description: 'Kept with the record: http or https, at most 2 KB.',
  },
  submitted_at: { description: 'When the task was submitted: ISO 8601 with a time zone.' },
  deadline_seconds: { description: 'Give up after so long.' },
  metadata: {
    type: 'object',
    description: 'An object of yours to keep with the record: at most 2 KB of JSON.',
  },
} satisfies Record<keyof ExecutionInput, Json>;

/** Bounds that every JavaScript integer has say nothing. */
function override({ jsonSchema }: { jsonSchema: Json }): void {
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
}

function schemas(): Json {
  const registry = z.registry<{ id: string }>();
  const named = {
    ExecutionInput,
    Detection: DetectionSchema,
    DetectionError: ErrorSchema,
    DetectionList: ListSchema,
    Face: FaceSchema,
    Problem: ProblemSchema,
  };
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  // Of what goes out, readers are to expect more than is known today: `input` leaves objects open.
  const { schemas: generated } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri,
    override,
  });
  const bare = Object.entries(generated).map(([id, { $schema: _s, $id: _i, ...schema }]) => [id, schema]);
  const all = Object.fromEntries(bare) as Record<string, { properties?: Record<string, Json> }>;
  const properties = all['ExecutionInput']?.properties ?? {};
  for (const [field, details] of Object.entries(inputDetails)) {
    properties[field] = { ...properties[field], ...details };
  }
  return all;
}

export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, { method, path }] of Object.entries(routes)) {
    const { responses, ...operation } = operations[operationId as OperationId];
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: { operationId, ...operation, responses: { ...responses, ...always } },
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'face-detection-poller',
      version,
      description: 'Polls crun.ai face detections: one final record for each task.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description:
          "A deployed stack: its output ApiUrl. Requests are signed, unless the stack's owner chose otherwise.",
        variables: { api: { default: 'api-id' }, region: { default: 'us-east-1' } },
      },
      {
        url: 'http://127.0.0.1:{port}',
        description: 'One machine: `face-poller serve`, which prints its port and its token.',
        variables: { port: { default: '8080' } },
      },
    ],
    security: [{ signature: [] }, { token: [] }],
    paths,
    components: {
      schemas: schemas(),
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4.',
        },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}
