/** What stands around the functions at AWS: the engine's API, the event bus and its rule, the secret store. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';

import type { WorkflowType } from '../../functions/detection/types.ts';
import { type DetectionEvent, detailTypes } from '../../functions/notify/event.ts';
import type { PutEvent } from '../../functions/notify/publish.ts';
import type { StepFunctions } from '../support/step-functions.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Actors } from './actors.ts';
import type { Faults } from './faults.ts';

interface Deps {
  clock: VirtualClock;
  faults: Faults;
  actors: Actors;
}

export const failure = (name: string): Error => Object.assign(new Error(name), { name, $metadata: {} });
const throttled = (): Error =>
  Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $metadata: {} });
const unanswered = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** Step Functions as its client knows it, by the names of its own kind of machine. */
export function createEngineClient(
  deps: Deps & {
    type: WorkflowType;
    engine: () => StepFunctions;
    taskOf: (name: string) => string;
    onInput: (input: string) => void;
  },
): SFNClient {
  const { clock, faults, actors, type } = deps;

  async function carryOut(command: unknown): Promise<object> {
    const engine = deps.engine();
    if (command instanceof StartExecutionCommand) {
      const { name = '', input = '{}' } = command.input;
      deps.onInput(input);
      const arn = engine.executionArn(name);
      const status = await engine.status(arn);
      if (type === 'STANDARD' && status !== 'unknown') {
        // The same name and input, and it runs: the same execution.
        const running = [...engine.open()].find((each) => each.name === name);
        if (running === undefined || JSON.stringify(running.input) !== input)
          throw new ExecutionAlreadyExists({ message: '', $metadata: {} });
        return { executionArn: arn };
      }
      return { executionArn: actors.outside(() => engine.execute(name, JSON.parse(input))).arn };
    }
    if (command instanceof DescribeExecutionCommand) {
      const status = await engine.status(command.input.executionArn ?? '');
      if (status === 'unknown') throw new ExecutionDoesNotExist({ message: '', $metadata: {} });
      return { status: { running: 'RUNNING', aborted: 'ABORTED', ended: 'FAILED' }[status] };
    }
    if (command instanceof StopExecutionCommand) {
      await engine.stop(command.input.executionArn ?? '');
      return {};
    }
    throw new Error('this operation is not simulated');
  }

  return {
    async send(command: { input: { name?: string; executionArn?: string } }) {
      const { name, executionArn = '' } = command.input;
      const task = deps.taskOf(name ?? executionArn.split(':')[7] ?? '');
      await actors.arrive(task);
      const fault = faults.at('executions', task);
      if (fault !== undefined) actors.current()?.faulty.add(task);
      await clock.sleep(fault === 'slow' ? 3_000 : 15);
      try {
        if (fault === 'throttled') throw throttled();
        const answer = await carryOut(command);
        if (fault === 'lost-ack') throw unanswered();
        return answer;
      } finally {
        await clock.sleep(15);
        await actors.leave(task);
      }
    },
  } as unknown as SFNClient;
}

type Target = (detectTaskId: string, publishedId: string | undefined) => void;

/** Takes events, and has its rules start the functions for webhooks and pictures, and for those that are due. */
export function createBus(
  deps: Deps & {
    onEvent: (event: DetectionEvent) => void;
    deliver: Target;
    /** Absent without an archive. */
    archive: Target | undefined;
  },
): PutEvent {
  const { clock, faults, actors } = deps;

  function accept(event: DetectionEvent): void {
    deps.onEvent(event);
    const { detail, detailType } = event;
    const final = 'has_callback' in detail ? detail : undefined;
    const { detect_task_id: task } = detail;
    if (detailType === detailTypes.deliveryDue || final?.has_callback === true)
      follow(deps.deliver, task, final?.id);
    const isArchived = detailType === detailTypes.archiveDue || final?.status === 'succeeded';
    if (isArchived && deps.archive !== undefined) follow(deps.archive, task, final?.id);
  }

  /** A rule that matches. */
  function follow(target: Target, task: string, publishedId: string | undefined): void {
    const start = (afterMs: number): void =>
      void actors.outside(() => clock.sleep(afterMs).then(() => target(task, publishedId)));
    switch (faults.at('rule', task)) {
      case 'target-lost':
        return;
      case 'target-twice':
        start(60);
        return start(5_000 * faults.chance(task, 'twice'));
      case 'target-late':
        return start(600_000 * faults.chance(task, 'late'));
      case undefined:
        return start(60);
    }
  }

  return async (event) => {
    const { detect_task_id: task } = event.detail;
    await actors.arrive(task);
    const fault = faults.at('bus', task);
    if (fault !== undefined) actors.current()?.faulty.add(task);
    await clock.sleep(20);
    try {
      if (fault === 'down') throw throttled();
      if (fault === 'rejected') throw new Error('the event bus refused an event: InternalFailure');
      accept(event);
      if (fault === 'lost-ack') throw unanswered();
    } finally {
      await clock.sleep(10);
      await actors.leave(task);
    }
  };
}

/** One secret, which cannot always be had. */
export const createSecret =
  ({ clock, faults, actors }: Deps, text: string) =>
  async (): Promise<string> => {
    const { task = '' } = actors.current() ?? {};
    await actors.arrive(task);
    const fault = faults.at('secrets', task);
    await clock.sleep(30);
    await actors.leave(task);
    if (fault === 'down') throw throttled();
    return text;
  };
