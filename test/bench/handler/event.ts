/** ISO 8601. */
export const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** What the workflow hands to an invocation of a task that it has polled for ten minutes. */
export function eventOf(detectTaskId: string) {
  const state = {
    v: 2,
    next: 'wait',
    detect_task_id: detectTaskId,
    attempt: 1,
    deadline_at: fromNow(3_000_000),
    wait_seconds: 60,
    polling_since: fromNow(-600_000),
    has_seen_processing: true,
    troubles: 0,
    holds: 0,
    violations: 0,
    code_at_deadline: 'DEADLINE_EXCEEDED',
    polls: 12,
    invocations: 3,
    transitions: 7,
    lambda_ms: 6_250,
  };
  const execution_name = `1-${detectTaskId}`;
  const execution_arn = `arn:aws:states:us-east-1:123456789012:execution:poller:${execution_name}`;
  return { state, execution_name, execution_arn };
}

export const contextOf = (invocation: number) => ({
  awsRequestId: `request-${invocation}`,
  getRemainingTimeInMillis: () => 60_000,
});
