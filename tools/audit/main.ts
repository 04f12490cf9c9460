/** `npm run audit:infra`: every judge checks every shape of the stack; exits with 1 if one objects. */
import { join } from 'node:path';

import { findPython, makePythonEnvironment, runFrom } from '../python.ts';
import { makeGuardExecutable } from './control-tower.ts';
import { fetchJudges } from './fetched.ts';
import { describe, isObjection } from './finding.ts';
import { judge } from './judges.ts';
import { judgeByLanguageService } from './language-service.ts';
import { judgeByLinters } from './linters.ts';
import { shapes, synthesise } from './shapes.ts';

const audited = shapes.map(synthesise);
console.log(`The stack in ${audited.length} shapes: ${audited.map(({ name }) => name).join(' · ')}\n`);

const environment = join(import.meta.dirname, '../../.cache/audit-infra/python');
const requirements = join(import.meta.dirname, 'requirements.txt');
const python = await findPython();
const isFetched = await fetchJudges();
if (isFetched) await makeGuardExecutable();
const verdicts = [
  ...(await judge(audited)),
  await judgeByLanguageService(audited, isFetched),
  ...(await judgeByLinters(audited, {
    Python:
      python === undefined
        ? undefined
        : runFrom(await makePythonEnvironment(python, environment, requirements)),
    npm: isFetched ? runFrom('/') : undefined,
  })),
];
for (const verdict of verdicts) console.log(describe(verdict));

const isCi = Boolean(process.env['CI']);
if (verdicts.some((verdict) => isObjection(verdict, isCi))) process.exitCode = 1;
