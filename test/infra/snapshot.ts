import { readFileSync } from 'node:fs';

import { definitionFiles } from '../../functions/control/workflow.ts';
import type { WorkflowType } from '../../functions/detection/types.ts';
import { type Definition, parseDefinition } from '../../infra/definition.ts';

/** The committed definition: a fresh copy each time, because validators and interpreters write into theirs. */
export const snapshot = (type: WorkflowType = 'STANDARD'): Definition =>
  parseDefinition(
    readFileSync(new URL(`../../infra/snapshots/${definitionFiles[type]}`, import.meta.url), 'utf8'),
  );
