/** What a submission meets: a task, a rejection, or a connection that fails before or after the task is created. */
import * as z from 'zod/mini';

import { accepted, type FieldError, refusal } from './envelope.ts';
import * as hostile from './hostile.ts';
import { sampleForMedia } from './samples.ts';
import { ScriptSchema } from './script.ts';
import { type Reply, sendHtml, sendJson, sendJsonText } from './send.ts';
import type { Tasks } from './tasks.ts';
import type { Uploads } from './uploads.ts';

export type MediaCall = 'image' | 'video';

/** `isCreated`: the task exists, and its submitter does not learn of it. Else there is none. */
export type SubmissionStep =
  | { step: 'accept'; afterMs?: number }
  | { step: 'code'; code: number; message?: string; httpStatus?: number; retryAfter?: string }
  /** Reset before the body is read: nothing is created. */
  | { step: 'reset-before-body' }
  | { step: 'reset' | 'hang' | 'cut' | 'reset-in-answer' | 'not-json'; isCreated: boolean }
  | { step: 'page'; httpStatus: number; isCreated: boolean };

/** A task that a submission created. */
export interface CreatedTask {
  detectTaskId: string;
  call: MediaCall;
  mediaUrl: string;
}

const Submission = z.object({
  mediaUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  /** No field of the provider's: another process can say what its task shall answer. */
  script: z.optional(ScriptSchema),
});

/** For people without a script: `…/submit-402.jpg`, `…/submit-lost.jpg` and so on say it by their file name. */
function stepForMedia(mediaUrl: string): SubmissionStep | undefined {
  const [, name] = /\/submit-(\w+)(?:\.\w+)?$/.exec(new URL(mediaUrl).pathname) ?? [];
  if (name === 'slow') return { step: 'accept', afterMs: 2_000 };
  if (name === 'reset') return { step: 'reset', isCreated: false };
  if (name === 'lost') return { step: 'reset', isCreated: true };
  return /^[4-5]\d\d$/.test(name ?? '') ? { step: 'code', code: Number(name) } : undefined;
}

export const invalid = (errors: FieldError[]): Reply =>
  sendJson(refusal(422, undefined, errors), { httpStatus: 422 });

/** A script may hold a hundred faces with long links. */
export const maxBodyBytes = 1_048_576;

export interface SubmissionDeps {
  tasks: Tasks;
  uploads: Uploads;
  /** What the next submission meets, if it is said. */
  nextStep: () => SubmissionStep | undefined;
  onCreated: (task: CreatedTask) => void;
}

export function submitted(
  { tasks, uploads, nextStep, onCreated }: SubmissionDeps,
  call: MediaCall,
  mediaField: string,
  body: unknown,
): Reply {
  const given = z.record(z.string(), z.unknown()).safeParse(body);
  if (!given.success)
    return invalid([{ field: 'body', message: `must be a JSON object of at most ${maxBodyBytes} bytes` }]);
  const parsed = Submission.safeParse({ mediaUrl: given.data[mediaField], script: given.data['script'] });
  if (!parsed.success)
    return invalid(
      parsed.error.issues.map(({ path: [field, ...rest], message }) => ({
        field: [field === 'mediaUrl' ? mediaField : field, ...rest].join('.'),
        message,
      })),
    );
  const { mediaUrl, script } = parsed.data;
  if (uploads.isMissing(mediaUrl))
    return invalid([{ field: mediaField, message: 'could not be downloaded: nothing was uploaded there' }]);

  const create = (): string => {
    const detectTaskId =
      script === undefined ? tasks.submitSample(sampleForMedia(call, mediaUrl)) : tasks.submit(script);
    onCreated({ detectTaskId, call, mediaUrl });
    return JSON.stringify(accepted(detectTaskId));
  };
  return replyTo(nextStep() ?? stepForMedia(mediaUrl) ?? { step: 'accept' }, create);
}

function replyTo(step: SubmissionStep, create: () => string): Reply {
  if (step.step === 'reset-before-body') return hostile.reset;
  if (step.step === 'code') return sendJson(refusal(step.code, step.message), step);
  if (step.step === 'accept') return hostile.late(sendJsonText(create()), step.afterMs);
  const text = step.isCreated ? create() : JSON.stringify(refusal(500));
  switch (step.step) {
    case 'reset':
      return hostile.reset;
    case 'hang':
      return hostile.hang;
    case 'cut':
      return hostile.cut(text);
    case 'reset-in-answer':
      return hostile.resetMidBody(text);
    case 'not-json':
      return sendJsonText(text.slice(0, -1));
    case 'page':
      return sendHtml(step.httpStatus);
  }
}
