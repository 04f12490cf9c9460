/** The API's document, generated from its routes and schemas. */
import { type Json, openApiOperations } from './operations.ts';
import { openApiSchemas } from './schemas.ts';

export function openApiDocument(version: string): Json {
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
    paths: openApiOperations(),
    components: {
      schemas: openApiSchemas(),
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'Of `face-poller serve`, or of a stack with `api.token`: `face-poller token` prints it.',
        },
      },
    },
  };
}
