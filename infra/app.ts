/** `cdk synth` and `cdk deploy` run this file; settings come as context (`-c name=value`). */
import { type Config, readConfig } from './config.ts';
import { createApp } from './create-app.ts';
import { FaceDetectionPollerStack } from './stack.ts';

const app = createApp();
let config: Config | undefined;
try {
  config = readConfig(app.node.getAllContext());
} catch (error) {
  // One sentence for whoever typed it: a stack trace would bury it.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
if (config !== undefined) new FaceDetectionPollerStack(app, config.stackName, config);
