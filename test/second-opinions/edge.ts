/** A place where interpreters of workflows differ, and the page of AWS's documentation that decides. */
import type { WorkflowType } from '../../functions/detection/types.ts';

const guide = 'https://docs.aws.amazon.com/step-functions/latest/dg';
const docs = {
  errors: `${guide}/concepts-error-handling.html`,
  choice: `${guide}/state-choice.html`,
  wait: `${guide}/state-wait.html`,
  fail: `${guide}/state-fail.html`,
  quotas: `${guide}/service-quotas.html`,
  start: 'https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html',
} as const;

export type EngineName = 'aws-local-stepfunctions' | 'localstack' | 'ministack' | 'moto';

/** What a part answers, or the name of the error that it fails with. */
export type Reply = { gives: unknown } | { fails: string };

export interface Edge {
  name: string;
  /** In turn; the last one goes for all that follow. */
  invocations: readonly Reply[];
  writes?: readonly Reply[];
  executionName?: string;
  /** Of one type alone. */
  type?: WorkflowType;
  /** How it ends, and after how many invocations and writes. */
  aws: string;
  docs: keyof typeof docs;
  /** What an interpreter does instead, by its name. */
  differs?: Readonly<Partial<Record<EngineName, string>>>;
}

export const documented = ({ docs: page }: Edge): string => docs[page];
