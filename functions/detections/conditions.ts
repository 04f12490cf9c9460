/** The conditions under which a record may be written, by name. */
import type { Owner } from './head.ts';
import type { Head } from './item.ts';
import type { Change } from './update.ts';

/** Not final and not forgotten. */
export const isOpen = 'attribute_exists(#detect_task_id) AND #status IN (:starting, :processing)';
export const open = { starting: 'starting', processing: 'processing' };
/** Open, and of this attempt and execution. */
export const isMine = `${isOpen} AND #attempt = :attempt AND #execution_name = :execution_name`;
export const mine = ({ attempt, execution_name }: Owner) => ({ ...open, attempt, execution_name });
export const notDue = ['due_at', 'due_shard'];

/** A final record is due no more, unless pages of somebody else's are left under it. */
export const leftDue = (seen: Head): Pick<Change, 'remove'> =>
  (seen.page_refs?.size ?? 0) > 0 ? {} : { remove: notDue };
