/** Every reason why a record has no faces: how it ends, what the record says, and what people can do. */

/** The provider said no: an answer, so the execution that records it succeeds. */
const failed = (message: string, advice: string) => ({ ends: 'failed', message, advice }) as const;

/** There is no answer: polling was given up. Once the advice is followed, a retry polls again. */
const abandoned = (message: string, advice: string) => ({ ends: 'abandoned', message, advice }) as const;

/** The provider puts every task of the key on hold for a while. `finding` completes a sentence about the provider. */
const onHold = (message: string, finding: string, advice: string) =>
  ({ ends: 'abandoned', seenAs: 'on-hold', message, finding, advice }) as const;

/** The provider denies the call, and would deny a repetition. */
const denied = (message: string, finding: string, advice: string) =>
  ({ ends: 'abandoned', seenAs: 'denied', message, finding, advice }) as const;

export const errorCodes = {
  DETECTION_FAILED: failed(
    'The provider could not detect faces in this media.',
    'read `provider_message`; submit other media',
  ),
  GENERATION_FAILED: failed('The provider failed while it generated the result.', 'submit the media again'),
  INVALID_TASK: failed('The provider rejected the task id as invalid.', 'check the id'),
  TASK_NOT_FOUND: failed(
    'The provider does not know this task.',
    'check the id, and that the key belongs to the account that submitted it',
  ),
  DEADLINE_EXCEEDED: abandoned(
    'The provider had no final answer by the deadline.',
    'where this is frequent, raise the deadline',
  ),
  PROVIDER_UNAVAILABLE: abandoned(
    'The provider could not be reached or did not answer properly until the deadline.',
    'wait until the provider is back',
  ),
  PROVIDER_MAINTENANCE: onHold(
    'The provider was under maintenance until the deadline.',
    'is under maintenance',
    'wait until the maintenance is over',
  ),
  INSUFFICIENT_CREDITS: onHold(
    'The provider account had no credits until the deadline.',
    'has no credits left for this account',
    'buy credits',
  ),
  UNAUTHORIZED: denied(
    'The provider refused the API key, or there is none: store a valid one with face-poller set-key, or on one machine in CRUN_API_KEY, then retry.',
    'refuses the key',
    'store a valid key with `face-poller set-key`',
  ),
  FEATURE_DISABLED: denied(
    'The provider has disabled face detection for this account.',
    'has disabled face detection for this account',
    'have the provider enable it',
  ),
  CONTRACT_VIOLATION: abandoned(
    'The provider answered in a shape that its contract does not allow: five times in a row, or at last before the deadline.',
    'check whether the provider has changed its answers',
  ),
  UNEXPECTED_RESPONSE: denied(
    'The provider, or something in front of it, answered in a way that no retry can mend.',
    "answers in a way that is not the provider's",
    'check the base URL, and what stands between you and the provider',
  ),
  CANCELLED: abandoned('The polling was cancelled.', 'make sure that the result is still wanted'),
  EXECUTION_LOST: abandoned(
    'Our own part failed or vanished before there was an answer.',
    "look at the execution's history and the function's log",
  ),
};

export type ErrorCode = keyof typeof errorCodes;
type CodesWith<Column> = {
  [Code in ErrorCode]: (typeof errorCodes)[Code] extends Column ? Code : never;
}[ErrorCode];
export type FailureCode = CodesWith<{ ends: 'failed' }>;
export type AbandonmentCode = CodesWith<{ ends: 'abandoned' }>;
export type HoldCode = CodesWith<{ seenAs: 'on-hold' }>;
export type DenialCode = CodesWith<{ seenAs: 'denied' }>;

const codes = Object.keys(errorCodes) as ErrorCode[];
const isFailure = (code: ErrorCode): code is FailureCode => errorCodes[code].ends === 'failed';
export const failureCodes = codes.filter(isFailure);
export const holdCodes = codes.filter(
  (code): code is HoldCode => 'seenAs' in errorCodes[code] && errorCodes[code].seenAs === 'on-hold',
);
export const abandonmentCodes = codes.filter((code) => !isFailure(code)) as AbandonmentCode[];

/** Why there are no faces. `message` is our fixed sentence; the provider's own words stand in `provider_message` only. */
export interface DetectionError {
  code: ErrorCode;
  message: string;
  /** What the last poll saw, in our own fixed words: why the provider was unavailable, say. */
  reason?: string;
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

export function detectionError(
  code: ErrorCode,
  provider: ProviderWords = {},
  reason?: string,
): DetectionError {
  return {
    code,
    message: errorCodes[code].message,
    ...(reason !== undefined && { reason }),
    ...(provider.code !== undefined && { provider_code: provider.code }),
    ...(provider.message !== undefined && { provider_message: provider.message }),
    retryable: !isFailure(code),
  };
}
