/** What `face-detection-poller/client` exports: the client of a deployed poller. */
export type { Client } from '../client/client.ts';
export { type DeployedStack, openDeployedStack } from '../client/deployed-stack.ts';
export type { Connection, StackOptions } from '../client/stack-outputs.ts';
export { UserError, type UserErrorKind } from '../client/user-error.ts';
export { RejectedRequestError } from '../functions/control/rejected-request.ts';
export type { Detection } from '../functions/detection/fields.ts';
export type { StartInput } from '../functions/detection/input.ts';
export type { FinalStatus, Status } from '../functions/detection/types.ts';
export type { OutputName, PollerOutputs } from '../functions/outputs.ts';
export { InvalidCursorError } from '../functions/records/cursor.ts';
