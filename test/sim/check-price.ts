/** Promise 8: what the record counts is exact without faults, and never too much with them. */
import type { Check, Judge } from './check.ts';
import { type Facts, type Head, isAlone, isFinal } from './facts.ts';

/** An invocation cannot time its own last write, nor an execution its last states. */
const untimedMs = 3_000;
/** An invocation under way when its execution is stopped counts the two states that would have come after it. */
const statesAfterAInvocation = 2;
/** Between two looks at a clock it may have been set, and another sandbox has another one: by so much they differ. */
const clocksApartMs = 2_000;

export function checkPrice({ facts, broken, clocksAreRight }: Judge): Check {
  function seeEnd(task: string, known: Facts, head: Head): void {
    const clockMs = clocksAreRight ? 0 : clocksApartMs * Math.max(known.invocations, 1);
    const counted = [
      ['polls', head.polls, known.calls.size],
      ['invocations', head.invocations, known.invocations],
      ['transitions', head.transitions, known.states, statesAfterAInvocation * known.outlasting],
      ['executions', head.executions ?? 0, known.executions],
    ] as const;
    for (const [name, said, seen, unseen = 0] of counted) {
      if (said > seen + unseen) broken('priced', task, `${said} ${name}, of which ${seen} were seen`);
      if (said < seen && isAlone(known) && head.error?.code !== 'CANCELLED')
        broken('priced', task, `${said} ${name}, though ${seen} were seen and nothing was wrong`);
    }
    const timed = [
      ['lambda_ms', head.lambda_ms, known.lambdaMs],
      ['workflow_ms', head.workflow_ms ?? 0, known.workflowMs, known.outlastedMs],
    ] as const;
    for (const [name, said, seen, unseen = 0] of timed) {
      if (said > seen + unseen + clockMs) broken('priced', task, `${name} is ${said}, but ${seen} were seen`);
      if (isAlone(known) && said < seen - untimedMs * Math.max(known.invocations, 1) - clockMs)
        broken('priced', task, `${name} is ${said}, though ${seen} were seen and nothing was wrong`);
    }
  }
  return {
    finish() {
      for (const [task, known] of facts.tasks) if (isFinal(known.head)) seeEnd(task, known, known.head);
    },
  };
}
