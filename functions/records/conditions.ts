/** The conditions under which a record may be written, by name. */
import type { LeaseHolder } from './head.ts';

/** Not final and not forgotten. */
export const isOpen = 'attribute_exists(#detect_task_id) AND #status IN (:starting, :processing)';
export const open = { starting: 'starting', processing: 'processing' };
/** Open, and of this attempt and execution: of one name there may be several Express ones, so its ARN counts too. */
export const isHeldByMe = `${isOpen} AND #attempt = :attempt AND #execution_name = :execution_name AND #execution_arn = :execution_arn`;
export const heldByMe = ({ attempt, execution_name, execution_arn }: LeaseHolder) => ({
  ...open,
  attempt,
  execution_name,
  execution_arn,
});
export const notDue = ['due_at', 'due_shard'];
