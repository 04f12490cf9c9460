/** `npm run snapshot`: writes the generated files that are reviewed and committed: definitions, picture, OpenAPI document, schemas, tables, permissions. */
import { readFile, writeFile } from 'node:fs/promises';

import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';

import { workflowTypes } from '../functions/detection/types.ts';
import { EventDetail } from '../functions/notify/event.ts';
import { WebhookEvent } from '../functions/notify/webhook/payload.ts';
import { createApp } from '../infra/create-app.ts';
import { definitionFiles, definitionOf } from '../infra/definition.ts';
import { FaceDetectionPollerStack } from '../infra/stack.ts';
import packageJson from '../package.json' with { type: 'json' };
import { writeIamSnapshot } from './audit/iam-snapshot.ts';
import { shapes, synthesise } from './audit/shapes.ts';
import { openApiDocument } from './openapi/document.ts';
import { drawWorkflow } from './picture.ts';
import { generated, regenerated } from './tables.ts';

for (const workflowType of workflowTypes) {
  // The definition does not depend on the functions' code, so nothing is bundled.
  const app = createApp({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new FaceDetectionPollerStack(app, workflowType, { workflowType });
  const definition = definitionOf(Template.fromStack(stack).toJSON());
  const json = `${JSON.stringify(definition, undefined, 2)}\n`;
  await writeFile(new URL(`../infra/snapshots/${definitionFiles[workflowType]}`, import.meta.url), json);
  if (workflowType === 'STANDARD')
    await writeFile(new URL('../docs/workflow.svg', import.meta.url), await drawWorkflow(definition));
}
await writeFile(
  new URL('../docs/openapi.json', import.meta.url),
  `${JSON.stringify(openApiDocument(packageJson.version), undefined, 2)}\n`,
);
for (const [name, schema] of Object.entries({ event: EventDetail, webhook: WebhookEvent })) {
  const file = new URL(`../docs/${name}.schema.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(z.toJSONSchema(schema), undefined, 2)}\n`);
}
await writeIamSnapshot(shapes.map(synthesise));
for (const file of Object.keys(generated)) {
  const page = new URL(`../${file}`, import.meta.url);
  await writeFile(page, regenerated(file, await readFile(page, 'utf8')));
}
