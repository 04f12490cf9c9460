/** `cdk synth` and `cdk deploy` run this file; settings come as context (`-c name=value`). */
import { readConfig } from './config.ts';
import { createApp } from './create-app.ts';
import { InvalidSettingError } from './invalid-setting.ts';
import { FaceDetectionPollerStack } from './stack.ts';

const app = createApp();
try {
  const { stackName, ...props } = readConfig(app.node.getAllContext());
  new FaceDetectionPollerStack(app, stackName, props);
} catch (error) {
  if (!(error instanceof InvalidSettingError)) throw error;
  // A stack trace would bury the sentence, and so would the synthesis of an unfinished stack at the process's end.
  console.error(error.message);
  process.exit(1);
}
