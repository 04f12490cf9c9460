import { readFileSync } from 'node:fs';

import { type Definition, parseDefinition } from '../../infra/definition.ts';

const snapshotUrl = new URL('../../infra/workflow.asl.json', import.meta.url);

/** The committed definition: a fresh copy each time, because validators and interpreters write into theirs. */
export const snapshot = (): Definition => parseDefinition(readFileSync(snapshotUrl, 'utf8'));
