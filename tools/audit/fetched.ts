/** Judges from npm that are fetched for the audit alone. */
import { join } from 'node:path';

import { installPackages } from '../npm.ts';

export const npmFolder = join(import.meta.dirname, '../../.cache/audit-infra/npm');

/** Whether they are there. */
export async function fetchJudges(): Promise<boolean> {
  try {
    await installPackages(join(import.meta.dirname, 'npm'), npmFolder);
    return true;
  } catch {
    return false;
  }
}
