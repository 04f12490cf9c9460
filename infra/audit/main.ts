/** `npm run audit:infra`: every judge reads the stack in every shape that ships; ends with 1 where one objects. */
import { join } from 'node:path';

import { describe, isObjection } from './finding.ts';
import { judge } from './judges.ts';
import { judgeByLinters } from './linters.ts';
import { openPython } from './python.ts';
import { shapes, synthesise } from './shapes.ts';

const audited = shapes.map(synthesise);
console.log(`The stack in ${audited.length} shapes: ${audited.map(({ name }) => name).join(' · ')}\n`);

const python = await openPython(join(import.meta.dirname, '../../.cache/audit-infra'));
const verdicts = [...(await judge(audited)), ...(await judgeByLinters(audited, python))];
for (const verdict of verdicts) console.log(describe(verdict));

const isCi = Boolean(process.env['CI']);
if (verdicts.some((verdict) => isObjection(verdict, isCi))) process.exitCode = 1;
