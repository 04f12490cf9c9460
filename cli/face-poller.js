#!/usr/bin/env -S node --max-semi-space-size=4
/** The `face-poller` command. Plain JavaScript: a Node that cannot read TypeScript must still be able to say so. */
// The checker reads the types of TypeScript alone.
// oxlint-disable typescript/no-unsafe-assignment
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

/** The package has the compiled command; the repository runs its source. */
const compiled = new URL('../dist/lib/cli/main.js', import.meta.url);
const source = new URL('./main.ts', import.meta.url);
const isSource = existsSync(source);
const [major, minor] = isSource ? [24, 0] : [22, 12];

const given = process.versions.node.split('.').map(Number);
if (given[0] < major || (given[0] === major && given[1] < minor)) {
  const advice = isSource
    ? '; "npm start" and "npx face-poller" in the project use the one that "npm ci" installs'
    : '';
  process.stderr.write(
    `face-poller needs Node ${minor === 0 ? major : `${major}.${minor}`} or later, and this is Node ${process.versions.node}${advice}.\n`,
  );
  process.exit(1);
}
if (!isSource && !existsSync(compiled)) {
  process.stderr.write(
    'face-poller was packed without what it runs: make the package by "npm run pack" in its repository.\n',
  );
  process.exit(1);
}
// Half of what a short command takes is compiling. Beside the code, so that only its owner can change what runs.
module.enableCompileCache(fileURLToPath(new URL('../.cache/compile', import.meta.url)));
await import(isSource ? source.href : compiled.href);
