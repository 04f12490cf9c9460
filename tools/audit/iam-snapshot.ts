/** The reviewed and committed permissions of every shape: every change shows up as a line of the diff. */
import { readFile, writeFile } from 'node:fs/promises';

import * as z from 'zod/mini';

import type { Finding } from './finding.ts';
import { type Permissions, permissionsOf } from './permissions.ts';
import type { Audited } from './shapes.ts';

const file = new URL('../../infra/snapshots/iam.snapshot.json', import.meta.url);

const IamSnapshot = z.record(z.string(), z.record(z.string(), z.array(z.string())));
type IamSnapshot = z.infer<typeof IamSnapshot>;

/** The first shape in full; the others as their additions (`+`) and removals (`-`) against the first. */
export function iamSnapshotOf([first, ...others]: readonly Audited[]): IamSnapshot {
  if (first === undefined) return {};
  const base = permissionsOf(first.template);
  const differing = others.map(({ name, template }) => [name, difference(base, permissionsOf(template))]);
  return { [first.name]: base, ...Object.fromEntries(differing) };
}

function difference(base: Permissions, permissions: Permissions): Permissions {
  const holders = Object.keys({ ...base, ...permissions }).toSorted();
  const differing = holders.map((holder): [string, string[]] => [
    holder,
    [
      ...without(base[holder], permissions[holder]).map((line) => `- ${line}`),
      ...without(permissions[holder], base[holder]).map((line) => `+ ${line}`),
    ],
  ]);
  return Object.fromEntries(differing.filter(([, lines]) => lines.length > 0));
}

const without = (lines: string[] = [], others: string[] = []): string[] =>
  lines.filter((line) => !others.includes(line));

export async function writeIamSnapshot(audited: readonly Audited[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(iamSnapshotOf(audited), undefined, 2)}\n`);
}

export async function readIamSnapshot(): Promise<IamSnapshot> {
  return IamSnapshot.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Every permission that only one of the two holds. */
export function compareIamSnapshots(reviewed: IamSnapshot, actual: IamSnapshot): Finding[] {
  const [before, after] = [linesOf(reviewed), linesOf(actual)];
  const rule = 'iam-snapshot';
  const added = 'is not in infra/snapshots/iam.snapshot.json: npm run snapshot, then review it';
  const gone = 'is only in infra/snapshots/iam.snapshot.json: npm run snapshot';
  return [
    ...without(after, before).map((at) => ({ rule, at, message: added })),
    ...without(before, after).map((at) => ({ rule, at, message: gone })),
  ];
}

const linesOf = (snapshot: IamSnapshot): string[] =>
  Object.entries(snapshot).flatMap(([shape, holders]) =>
    Object.entries(holders).flatMap(([holder, lines]) => lines.map((line) => `${shape}: ${holder}: ${line}`)),
  );
