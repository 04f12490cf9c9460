/** What `face-detection-poller` exports: the CDK construct and its stack. */
export { InvalidSettingError } from '../infra/check-props.ts';
export { FaceDetectionPoller } from '../infra/poller.ts';
export type { ApiOptions, FaceDetectionPollerProps, OutputOptions } from '../infra/props.ts';
export { FaceDetectionPollerStack, type FaceDetectionPollerStackProps } from '../infra/stack.ts';
