/** Names of errors that stand in no model of a service. */

/** Any service may answer with these: the page "Common Errors" of each API reference, and those of signatures. */
export const commonErrors: readonly string[] = [
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InternalFailure',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'OptInRequired',
  'RequestExpired',
  'RequestLimitExceeded',
  'RequestTimeTooSkewed',
  'ServiceUnavailable',
  'SignatureDoesNotMatch',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TokenRefreshRequired',
  'TooManyRequestsException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationError',
  'ValidationException',
];

/** Of the SDK itself: before a request is sent, or when its answer is too late. */
export const errorsOfSdk: readonly string[] = [
  'CredentialsProviderError',
  'TimeoutError',
  'TokenProviderError',
];

/**
 * Of Step Functions, and those that it gives a failing function:
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and
 * https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
 */
export const errorsOfTasks: readonly string[] = [
  'Lambda.AWSLambdaException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.SdkClientException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
];
