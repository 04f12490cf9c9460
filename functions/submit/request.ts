/** What the Submit function is asked, and what it answers: by a workflow, or by our own client and API. */
import * as z from 'zod/mini';

import { RejectedRequestError } from '../control/rejected-request.ts';
import type { PreparedUpload } from '../crun/upload.ts';
import { withoutAwsFields } from '../detection/aws-fields.ts';
import { type Outcome, outcomeOf } from '../detection/types.ts';
import { type SubmissionCode, type SubmissionDetails, SubmissionError } from './outcome.ts';
import type { Submitter } from './submitter.ts';

const Request = z.discriminatedUnion('operation', [
  z.object({ operation: z.literal('detect'), input: z.unknown() }),
  z.object({ operation: z.literal('upload'), content_type: z.string(), ext: z.string() }),
]);
export type SubmitRequest = z.infer<typeof Request>;

/** Errors are values here: Lambda would log what it throws. */
export type SubmitAnswer =
  | { kind: 'started'; detect_task_id: string; is_new: boolean }
  | { kind: 'prepared'; upload: PreparedUpload }
  | { kind: 'rejected'; rejection: 'invalid' | 'conflict'; message: string; field?: string | undefined }
  | { kind: 'failed'; code: SubmissionCode; details: SubmissionDetails };

export interface Answered {
  answer: SubmitAnswer | Outcome;
  /** Of a workflow's request: what its Catch and Retry see. No word of the provider is in it. */
  thrown?: Error;
}

export async function answerSubmit(submitter: Submitter, event: unknown): Promise<Answered> {
  const request = Request.safeParse(event);
  if (!request.success) return answerWorkflow(submitter, withoutAwsFields(event));
  try {
    return { answer: await perform(submitter, request.data) };
  } catch (error) {
    if (error instanceof RejectedRequestError) {
      const { kind: rejection, message, field } = error;
      return { answer: { kind: 'rejected', rejection, message, field } };
    }
    if (!(error instanceof SubmissionError)) throw error;
    return { answer: { kind: 'failed', code: error.code, details: error.details } };
  }
}

async function perform(submitter: Submitter, request: SubmitRequest): Promise<SubmitAnswer> {
  if (request.operation === 'upload') {
    const { content_type, ext } = request;
    return { kind: 'prepared', upload: await submitter.prepareUpload({ content_type, ext }) };
  }
  const { head, isNew } = await submitter.detect(request.input);
  return { kind: 'started', detect_task_id: head.detect_task_id, is_new: isNew };
}

/** A history keeps what a state answers, so that holds ids and counts, and no link. */
async function answerWorkflow(submitter: Submitter, input: unknown): Promise<Answered> {
  try {
    const { head } = await submitter.detect(input);
    return { answer: outcomeOf(head) };
  } catch (error) {
    if (error instanceof RejectedRequestError) return thrownAs('InvalidInput', error.message);
    if (!(error instanceof SubmissionError)) throw error;
    const { providerMessage: _, ...ours } = error.details;
    return thrownAs(error.code, new SubmissionError(error.code, ours).message);
  }
}

function thrownAs(name: string, message: string): Answered {
  const thrown = new Error(message);
  thrown.name = name;
  return { answer: { kind: 'rejected', rejection: 'invalid', message }, thrown };
}
