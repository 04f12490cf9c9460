#!/usr/bin/env -S node --max-semi-space-size=4
/** The `face-poller` command. Plain JavaScript: a Node that cannot read TypeScript must still be able to say so. */
const needed = 24;
const [major] = process.versions.node.split('.').map(Number);
if (major < needed) {
  process.stderr.write(
    `face-poller needs Node ${needed} or later, and this is Node ${process.versions.node}; "npm start" and "npx face-poller" in the project use the one that "npm ci" installs.\n`,
  );
  process.exit(1);
}
await import('./main.ts');
