import { expect, it } from 'vitest';

import { openDeployedStack } from '../../../client/deployed-stack.ts';
import { SubmissionError } from '../../../functions/submit/outcome.ts';

it('opens a stack of a version without a Submit function, and says so to a submission alone', async () => {
  const outputs = {
    StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:Faces',
    WorkflowType: 'STANDARD',
    TableName: 'faces',
    BaseUrl: 'https://provider.example',
    DeadlineSeconds: '3600',
    RetentionDays: '30',
    Shards: '1',
    CallbackHosts: '',
    CallbackPorts: '',
  };
  const opened = await openDeployedStack(outputs, { region: 'us-east-1' });
  const media_url = 'https://media.example/a.png';
  const file = { name: 'a.png', bytes: new Uint8Array([1]) };
  for (const request of [{ media_url }, { file }])
    await expect(opened.client.detect(request)).rejects.toEqual(
      new SubmissionError('SUBMISSION_UNSUPPORTED'),
    );
  await opened.close();
});
