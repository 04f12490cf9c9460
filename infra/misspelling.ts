/** The CDK, its plug-ins and a user's other apps share the context, so only a name that resembles a setting is rejected. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import * as z from 'zod/mini';

import { InvalidSettingError } from './invalid-setting.ts';

/** Where the CDK reads context from, apart from the command line. */
const contextFiles = ['cdk.json', 'cdk.context.json', join(homedir(), '.cdk.json')];

export function rejectMisspelling(
  names: readonly string[],
  keys: readonly string[],
  files: readonly string[] = contextFiles,
): void {
  for (const name of names.filter((each) => !keys.includes(each))) {
    const near = keys.find((key) => resembles(plain(name), plain(key)));
    if (near === undefined) continue;
    const file = files.find((each) => hasContext(each, name));
    const place = file === undefined ? 'on the command line' : `in ${file}`;
    throw new InvalidSettingError(`${name}: is not a setting; did you mean ${near}? It is set ${place}`);
  }
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, '');

/** The same letters, the first six letters or more, or one wrong letter in five. */
function resembles(name: string, key: string): boolean {
  if (name.length >= 6 && key.startsWith(name)) return true;
  return distance(name, key) <= Math.floor(Math.min(name.length, key.length) / 5);
}

/** Of Levenshtein: letters to add, remove or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let index = 0; index < a.length; index++) {
    const next = [index + 1];
    for (let column = 0; column < b.length; column++) {
      const replaced = (row[column] ?? 0) + (a[index] === b[column] ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const ContextFile = z.object({ context: z.record(z.string(), z.unknown()) });
const Values = z.record(z.string(), z.unknown());

/** `cdk.context.json` holds nothing but context. */
function hasContext(file: string, name: string): boolean {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const { data: values } = Values.safeParse(ContextFile.safeParse(content).data?.context ?? content);
    return values !== undefined && Object.hasOwn(values, name);
  } catch {
    return false;
  }
}
