/** Which version of aws-cdk-lib the construct needs; npm checks it too, unless it is told to ignore peers. */
import { createRequire } from 'node:module';

import { Runtime } from 'aws-cdk-lib/aws-lambda';
import manifest from 'face-detection-poller/package.json' with { type: 'json' };

/** Lambda's Node 24 is the last that came of what is used here. */
export function checkLibrary(runtime: Runtime | undefined = Runtime.NODEJS_24_X): void {
  if (runtime !== undefined) return;
  const { version } = createRequire(import.meta.url)('aws-cdk-lib/package.json') as { version: string };
  const range = manifest.peerDependencies['aws-cdk-lib'];
  throw new Error(
    `aws-cdk-lib ${version} has no Node 24 for Lambda: face-detection-poller needs ${range.replace('^', '')} or later; npm install aws-cdk-lib@latest`,
  );
}
