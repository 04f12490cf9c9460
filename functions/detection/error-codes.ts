/** Why there are no faces: every code, with its sentence. */

/** The provider said no: an answer, so the execution that records it succeeds. */
const failures = {
  DETECTION_FAILED: 'The provider could not detect faces in this media.',
  GENERATION_FAILED: 'The provider failed while it generated the result.',
  INVALID_TASK: 'The provider refused the task id as invalid.',
  TASK_NOT_FOUND: 'The provider does not know this task.',
} as const;

/** There is no answer: polling was given up, and may be taken up again by a retry. */
const abandonments = {
  DEADLINE_EXCEEDED: 'The provider had no final answer by the deadline.',
  PROVIDER_UNAVAILABLE: 'The provider could not be reached or did not answer properly until the deadline.',
  PROVIDER_MAINTENANCE: 'The provider was under maintenance until the deadline.',
  INSUFFICIENT_CREDITS: 'The provider account had no credits until the deadline.',
  UNAUTHORIZED:
    'The provider refused the API key, or none is stored: store a valid one with face-poller set-key, then retry.',
  FEATURE_DISABLED: 'The provider has disabled face detection for this account.',
  CONTRACT_VIOLATION:
    'The provider answered five times in a row in a shape that its contract does not allow.',
  UNEXPECTED_RESPONSE: 'The provider, or something in front of it, answered in a way that no retry can mend.',
  CANCELLED: 'The polling was cancelled.',
  EXECUTION_LOST: 'Our own part failed or vanished before there was an answer.',
} as const;

export type FailureCode = keyof typeof failures;
export type AbandonmentCode = keyof typeof abandonments;
export type ErrorCode = FailureCode | AbandonmentCode;
export const failureCodes = Object.keys(failures) as FailureCode[];
export const abandonmentCodes = Object.keys(abandonments) as AbandonmentCode[];

/** Why there are no faces. `message` is our fixed sentence; the provider's own words stand in `provider_message` only. */
export interface DetectionError {
  code: ErrorCode;
  message: string;
  provider_code?: string;
  provider_message?: string;
  /** True when `retry` can take the polling up again. */
  retryable: boolean;
}

/** The provider's own code and text: for the record, never for a log. */
export interface ProviderWords {
  code?: string | undefined;
  message?: string | undefined;
}

export function detectionError(code: ErrorCode, provider: ProviderWords = {}): DetectionError {
  return {
    code,
    message: { ...failures, ...abandonments }[code],
    ...(provider.code !== undefined && { provider_code: provider.code }),
    ...(provider.message !== undefined && { provider_message: provider.message }),
    retryable: code in abandonments,
  };
}
