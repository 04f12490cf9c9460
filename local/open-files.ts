/** How many files and sockets this process may open, and so how many tasks it can poll at a time. */
import { UserError } from '../client/user-error.ts';

/** What the database, its connections and the modules open. */
const ownFiles = 200;
/** A connection to the provider, and its other end where the simulator runs in this process. */
const filesPerTask = 2;
const needed = ownFiles + 20 * filesPerTask;
const maxTasks = 1_000;

/** At most a thousand: more would not go faster. Throws where the limit is too low to work at all. */
export function maxTasksInFlight(limit = openFileLimit()): number {
  if (limit < needed) {
    throw new UserError(
      'infrastructure',
      `ulimit -n: this process may open ${limit} files and needs ${needed}; raise the limit, such as by "ulimit -n ${needed}"`,
    );
  }
  return Math.min(maxTasks, Math.floor((limit - ownFiles) / filesPerTask));
}

function openFileLimit(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
