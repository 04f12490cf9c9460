/** Which tasks a verb acts on: those that are named, or all whose records have something in common. */
import type { Command } from 'commander';

import type { Client } from '../client/client.ts';
import { UserError } from '../client/user-error.ts';
import type { ErrorCode } from '../functions/detection/error-codes.ts';
import type { Status } from '../functions/detection/types.ts';
import type { ListOptions } from '../functions/records/list.ts';
import { parseBefore, parseErrorCode, parseStatus, readIds, refuse } from './input.ts';
import { countOf } from './output.ts';
import type { Session } from './session.ts';

interface Filters {
  status?: Status;
  error?: ErrorCode;
  before?: string;
}

export interface Selection extends Filters {
  yes?: true;
}

export const addFilters = (command: Command): Command =>
  command
    .option('--status <status>', 'only tasks of one status', parseStatus)
    .option('--error <code>', 'only tasks with this error code', parseErrorCode)
    .option('--before <instant>', 'only those last changed before then: an instant, or 2h ago', parseBefore);

export const addSelection = (command: Command): Command =>
  addFilters(command).option('--yes', 'act on the selected tasks instead of counting them');

/** The most that a list answers at a time. */
const pageLength = 1_000;

/** What was typed is checked at once; the records are read when the backend is open. */
export async function chooseTasks(
  given: readonly string[],
  { yes, ...filters }: Selection,
  { stdin, stderr, signal }: Pick<Session, 'stdin' | 'stderr' | 'signal'>,
): Promise<(client: Pick<Client, 'list'>) => Promise<string[]>> {
  const { status } = filters;
  const hasFilter = status !== undefined || Object.keys(filters).length > 0;
  if (given.length > 0) {
    if (hasFilter || yes)
      refuse('detect_task_id: cannot be combined with --status, --error, --before or --yes');
    const ids = await readIds(given, stdin);
    return async () => ids;
  }
  if (status === undefined) refuse('detect_task_id: is required, unless --status selects the tasks');
  return async (client) => {
    const ids = await listAll(client, filters, signal);
    const count = `${countOf(ids.length, 'task')} selected`;
    if (ids.length > 0 && yes !== true)
      throw new UserError('invalid-input', `--yes: is required to act on them; ${count}, nothing was done`);
    stderr.write(`${count}\n`);
    return ids;
  };
}

/** Ids alone: a list of a million records is some 100 MB. */
async function listAll(
  client: Pick<Client, 'list'>,
  filters: Filters,
  signal: AbortSignal,
): Promise<string[]> {
  const ids = new Set<string>();
  let cursor: Pick<ListOptions, 'cursor'> = {};
  for (;;) {
    signal.throwIfAborted();
    const page = await client.list({ ...filters, ...cursor, limit: pageLength });
    for (const { detect_task_id } of page.detections) ids.add(detect_task_id);
    if (page.cursor === undefined) return [...ids];
    cursor = { cursor: page.cursor };
  }
}
