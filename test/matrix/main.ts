/** `npm run matrix`: how many faults are proven, by section; ends with 1 where one is not. */
import { objectionsTo, rowsOf } from './matrix.ts';

const rows = rowsOf();
const sections = Map.groupBy(rows, ({ section }) => section);
for (const [section, faults] of sections) {
  const tests = new Set(faults.flatMap((row) => row.tests.map(({ file, title }) => `${file} ${title}`)));
  const notOurs = faults.filter((row) => row.notOurs !== undefined).length;
  console.log(`${section}: ${faults.length} faults, ${tests.size} tests, ${notOurs} not ours`);
}
const missing = rows.flatMap((row) => objectionsTo(row).map((objection) => `${row.fault}: ${objection}`));
for (const objection of missing) console.log(`  ${objection}`);
console.log(`${rows.length} rows, ${missing.length} missing`);
if (missing.length > 0 || rows.length === 0) process.exitCode = 1;
