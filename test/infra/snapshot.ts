import { readFileSync } from 'node:fs';

import type { WorkflowType } from '../../functions/detection/types.ts';
import { type Definition, definitionFiles, parseDefinition } from '../../infra/definition.ts';

/** The committed definition: a fresh copy each time, because validators and interpreters write into theirs. */
export const snapshot = (type: WorkflowType = 'STANDARD'): Definition =>
  parseDefinition(
    readFileSync(new URL(`../../infra/snapshots/${definitionFiles[type]}`, import.meta.url), 'utf8'),
  );
