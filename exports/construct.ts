/**
 * What `face-detection-poller` exports: the CDK construct and its stack.
 *
 * @module
 */
export { InvalidSettingError } from '../infra/invalid-setting.ts';
export { FaceDetectionPoller } from '../infra/poller.ts';
export type { Imports } from '../infra/imports.ts';
export type { ApiOptions, ArchiveOptions, OutputOptions } from '../infra/part-options.ts';
export type { FaceDetectionPollerProps } from '../infra/props.ts';
export { FaceDetectionPollerStack, type FaceDetectionPollerStackProps } from '../infra/stack.ts';
