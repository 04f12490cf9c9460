/** The conditions under which a record may be written, by name. */
import type { Owner } from './head.ts';

/** Not final and not forgotten. */
export const isOpen = 'attribute_exists(#detect_task_id) AND #status IN (:starting, :processing)';
export const open = { starting: 'starting', processing: 'processing' };
/** Open, and of this attempt and execution. */
export const isMine = `${isOpen} AND #attempt = :attempt AND #execution_name = :execution_name`;
export const mine = ({ attempt, execution_name }: Owner) => ({ ...open, attempt, execution_name });
export const notDue = ['due_at', 'due_shard'];
