/**
 * What `face-detection-poller/client` exports: the client of a deployed poller.
 *
 * @module
 */
export type { Client } from '../client/client.ts';
export { type DeployedStack, openDeployedStack } from '../client/deployed-stack.ts';
export type {
  DetectFileRequest,
  DetectRequest,
  DetectUrlRequest,
  StartInput,
  WaitOptions,
} from '../client/requests.ts';
export type { Connection, StackOptions } from '../client/stack-outputs.ts';
export type { MediaFile, UploadOptions } from '../client/upload.ts';
export { UserError, type UserErrorKind } from '../client/user-error.ts';
export type { FaceImage } from '../functions/archive/images.ts';
export { RejectedRequestError } from '../functions/control/rejected-request.ts';
export type { Detection } from '../functions/detection/fields.ts';
export type { FinalStatus, Status } from '../functions/detection/types.ts';
export type { OutputName, PollerOutputs } from '../functions/outputs.ts';
export { InvalidCursorError } from '../functions/records/cursor.ts';
export type { ListOptions, ListPage } from '../functions/records/list.ts';
export { type SubmissionCode, SubmissionError } from '../functions/submit/outcome.ts';
