import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { importByName, type Imports } from './imports.ts';
import { FaceDetectionPoller } from './poller.ts';
import type { FaceDetectionPollerProps } from './props.ts';

export interface FaceDetectionPollerStackProps extends FaceDetectionPollerProps, StackProps {
  /**
   * Existing resources, by name.
   *
   * @default - none
   * @example { eventBusName: 'media' }
   */
  readonly imports?: Imports;
}

/** A stack with one poller, whose outputs have no prefix. */
export class FaceDetectionPollerStack extends Stack {
  constructor(scope: Construct, id: string, { imports = {}, ...props }: FaceDetectionPollerStackProps = {}) {
    super(scope, id, {
      description: 'Polls crun.ai face detections and keeps one final record per task.',
      ...props,
    });
    const imported = importByName(this, imports);
    // The outputs of a stack that holds nothing else need no prefix.
    const outputs = { prefix: '', ...props.outputs };
    new FaceDetectionPoller(this, 'Poller', { ...props, ...imported, outputs });
  }
}
