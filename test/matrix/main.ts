/** `npm run matrix`: renews the page and counts the proven faults by section; ends with 1 if one is not proven. */
import { writeFileSync } from 'node:fs';

import { notOurs, objectionsTo, pageFile, pageOf, rows } from './matrix.ts';

writeFileSync(pageFile, pageOf());
for (const [section, inIt] of Map.groupBy(rows, (row) => row.section)) {
  const tests = new Set(inIt.flatMap((row) => row.tests.map(({ file, title }) => `${file} ${title}`)));
  const others = inIt.filter(({ outcome }) => outcome.startsWith(notOurs)).length;
  console.log(`${section}: ${inIt.length} faults, ${tests.size} tests, ${others} not ours`);
}
const missing = rows.flatMap((row) => objectionsTo(row).map((objection) => `${row.fault}: ${objection}`));
for (const objection of missing) console.log(`  ${objection}`);
console.log(`${rows.length} rows, ${missing.length} missing`);
if (missing.length > 0 || rows.length === 0) process.exitCode = 1;
