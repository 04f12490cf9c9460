/** The Submit function from outside: for clients and the API, which have no key of the provider's. */
import { randomUUID } from 'node:crypto';

import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

import { RejectedRequestError } from '../control/rejected-request.ts';
import type { DetectTaskId } from '../detection/input.ts';
import type { Records } from '../records/records.ts';
import { SubmissionError } from './outcome.ts';
import type { SubmitAnswer, SubmitRequest } from './request.ts';
import type { Submitter } from './submitter.ts';

export interface InvokeDeps {
  client: LambdaClient;
  functionArn: string;
  records: Pick<Records, 'read'>;
}

export function submitByFunction({ client, functionArn, records }: InvokeDeps): Submitter {
  async function invoke<Kind extends 'started' | 'prepared'>(
    request: SubmitRequest,
    kind: Kind,
  ): Promise<Extract<SubmitAnswer, { kind: Kind }>> {
    const Payload = JSON.stringify(request);
    const response = await client.send(new InvokeCommand({ FunctionName: functionArn, Payload }));
    if (response.FunctionError !== undefined)
      throw new Error('the Submit function failed; its log says where');
    const answer = JSON.parse(Buffer.from(response.Payload ?? []).toString()) as SubmitAnswer;
    if (answer.kind === 'rejected')
      throw new RejectedRequestError(answer.rejection, answer.message, answer.field);
    if (answer.kind === 'failed') throw new SubmissionError(answer.code, answer.details);
    if (answer.kind !== kind) throw new Error('the Submit function answered another question');
    return answer as Extract<SubmitAnswer, { kind: Kind }>;
  }

  return {
    async detect(given) {
      const answer = await invoke({ operation: 'detect', input: withKey(given) }, 'started');
      const found = await records.read(answer.detect_task_id as DetectTaskId);
      if (found.kind === 'head') return { head: found.head, isNew: answer.is_new };
      throw new Error(`${answer.detect_task_id}: was forgotten meanwhile`);
    },
    prepareUpload: async (upload) => (await invoke({ operation: 'upload', ...upload }, 'prepared')).upload,
  };
}

/** The SDK repeats an invocation whose answer is lost: without a key that would be a second task. */
const withKey = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
    ? { idempotency_key: randomUUID(), ...dropUndefined(given) }
    : given;

const dropUndefined = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
