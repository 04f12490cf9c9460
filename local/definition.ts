import { readFileSync } from 'node:fs';

import type { StateMachineDefinition } from 'aws-local-stepfunctions';

import type { WorkflowType } from '../functions/detection/types.ts';

/** Where the definitions are committed, from the project's root; `npm run snapshot` writes them. */
export const definitionFiles: Record<WorkflowType, string> = {
  STANDARD: 'infra/snapshots/workflow.asl.json',
  EXPRESS: 'infra/snapshots/workflow-express.asl.json',
};

/** The workflow as it is deployed; a test holds it equal to the synthesised template's. */
export function committedDefinition(type: WorkflowType = 'STANDARD'): StateMachineDefinition {
  const file = new URL(`../${definitionFiles[type]}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as StateMachineDefinition;
}
